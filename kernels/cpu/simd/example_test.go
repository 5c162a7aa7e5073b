package simd_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// A linear layer, y = x·Wᵀ + b, with weights as PyTorch stores them.
func ExampleSet_Gemm() {
	s, err := simd.Lookup("auto")
	if err != nil {
		fmt.Println(err)
		return
	}
	const rows, in, out = 2, 3, 2
	x := []float32{1, 2, 3, 4, 5, 6}
	w := []float32{1, 0, 0, 0, 1, 1}
	packed := make([]float32, s.PackedLen(in, out))
	s.PackT(packed, w, out, in, in)
	y := make([]float32, rows*out)
	s.Gemm(rows, out, in, x, in, packed, y, out, simd.Epilogue{Bias: []float32{0.5, -1}})
	fmt.Println(y)
	// Output: [1.5 4 4.5 10]
}
