//go:build cuda || cudaemu

package kernels

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cuda"
)

func openCUDA(n int, _ Options) (engine.Backend, error) {
	b, err := cuda.Open(n)
	if err != nil {
		return nil, err
	}
	return b, nil
}
