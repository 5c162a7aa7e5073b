//go:build cuda || cudaemu

package kernels

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cuda"
)

func openCUDA(n int, opt Options) (engine.Backend, error) {
	b, err := cuda.Open(n, opt.Precision, opt.Kernels)
	if err != nil {
		return nil, &NoDeviceError{Device: fmt.Sprintf("cuda:%d", n), Why: err.Error()}
	}
	return b, nil
}
