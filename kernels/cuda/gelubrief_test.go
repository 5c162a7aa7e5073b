// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/half"
)

// TestGELUOfRoundedProducts compares the activation behind products on tensor cores with float64's, of every bfloat16, and of numbers between them.
func TestGELUOfRoundedProducts(t *testing.T) {
	const n = 1 << 16
	numbers, shift := make([]float32, n), make([]float32, n)
	for i := range numbers {
		numbers[i] = half.FromBF16(uint16(i))
		shift[i] = float32(i%101) / 1000
	}
	for name, open := range testDevices(t) {
		for _, set := range tensorSets(open()) {
			be := set.on(open())
			put := func(use engine.Use, rows, cols int, x []float32) engine.Tensor {
				b, err := be.Alloc(engine.F32, rows*cols, use)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { be.Free(b) })
				y := engine.Whole(b, rows, cols)
				be.Upload(y, x)
				return y
			}
			one, w := put(engine.Activations, 1, 1, []float32{1}), put(engine.Weights, n, 1, numbers)
			y, pre := put(engine.Activations, 1, n, shift), put(engine.Activations, 1, n, shift)
			got, u := make([]float32, n), make([]float32, n)
			for _, bias := range []engine.Tensor{{}, put(engine.Weights, 1, n, shift)} {
				be.FFNUp(y, pre, one, w, bias, nil, nil)
				be.Download(got, y)
				be.Download(u, pre)
				for i, got := range got {
					x := float64(u[i])
					want := x / 2 * math.Erfc(-x/math.Sqrt2)
					if want != want {
						if got == got {
							t.Fatalf("%s/%v: gelu of %v is %v, want NaN", name, set, x, got)
						}
					} else if !(math.Abs(float64(got)-want) <= 1.5e-7+1.2e-7*math.Abs(want)) && float64(got) != want {
						t.Fatalf("%s/%v: gelu of %v is %v, want %v", name, set, x, got, want)
					}
				}
			}
		}
	}
}
