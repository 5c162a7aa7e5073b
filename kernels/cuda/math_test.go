// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// TestGELUHasTheProcessorsBits compares math.cuh with the vector kernels that it was taken from, over all magnitudes.
func TestGELUHasTheProcessorsBits(t *testing.T) {
	host, err := cpu.Open(cpu.Options{Threads: 1, Kernels: "avx2"})
	if err != nil {
		t.Skipf("this machine has no AVX2: %v", err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	const n = 100000
	x := make([]float32, n)
	for i := range x {
		switch i % 3 {
		case 0:
			x[i] = float32(4 * r.NormFloat64())
		case 1:
			x[i] = float32(30*r.Float64() - 15)
		default:
			x[i] = math.Float32frombits(r.Uint32())
		}
	}
	run := func(be engine.Backend) (gelu, slope []float32) {
		tensor := func(fill float32) engine.Tensor {
			b, err := be.Alloc(engine.F32, n, engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			y := engine.Whole(b, 1, n)
			be.Fill(y, fill)
			return y
		}
		src, y, dx, ones := tensor(0), tensor(0), tensor(0), tensor(1)
		be.Upload(src, x)
		be.GELU(y, src)
		be.GELUGrad(dx, src, ones)
		gelu, slope = make([]float32, n), make([]float32, n)
		be.Download(gelu, y)
		be.Download(slope, dx)
		return gelu, slope
	}
	var dev device
	for _, open := range testDevices(t) {
		dev = open()
	}
	gelu, slope := run(&Backend{dev: dev})
	wantGELU, wantSlope := run(host)
	for i := range x {
		for what, y := range map[string][2]float32{"gelu": {gelu[i], wantGELU[i]}, "its slope": {slope[i], wantSlope[i]}} {
			if y[0] != y[1] && (y[0] == y[0] || y[1] == y[1]) {
				t.Fatalf("%s of %v is %v (%#x), on the processor %v (%#x)", what, x[i], y[0], math.Float32bits(y[0]), y[1], math.Float32bits(y[1]))
			}
		}
	}
}
