//go:build !cuda && !cudaemu

package kernels_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/kernels"
)

func TestCUDAIsNotInThisBuild(t *testing.T) {
	be, err := kernels.Open("cuda:1", kernels.Options{})
	var missing *kernels.NoDeviceError
	if be != nil || !errors.As(err, &missing) || missing.Device != "cuda:1" || !strings.Contains(err.Error(), "make cuda") {
		t.Errorf("got %v and %v, want a *NoDeviceError that names make cuda", be, err)
	}
}
