//go:build !cuda && !cudaemu

package kernels

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

func openCUDA(n int, _ Options) (engine.Backend, error) {
	return nil, &NoDeviceError{
		Device: fmt.Sprintf("cuda:%d", n),
		Why:    "this program was built without CUDA; build it with make cuda (go build -tags cuda), or choose --device cpu",
	}
}
