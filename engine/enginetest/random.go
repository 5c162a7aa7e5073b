package enginetest

import (
	"math"
	"math/rand/v2"

	"github.com/skillneuron/skillneuron/engine"
)

func stream(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x656e67696e65)) }

// normal is a matrix of N(0, size) that float32 represents exactly.
func normal(r *rand.Rand, rows, cols int, size float64) *engine.Mat {
	m := engine.NewMat(rows, cols)
	for i := range m.V {
		m.V[i] = float64(float32(size * r.NormFloat64()))
	}
	return m
}

// weight is a matrix whose products with unit inputs have unit size.
func weight(r *rand.Rand, rows, cols int) *engine.Mat {
	return normal(r, rows, cols, 1/math.Sqrt(float64(max(cols, 1))))
}

// indices draws n of 0…limit-1, with repetition.
func indices(r *rand.Rand, n, limit int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(r.IntN(limit))
	}
	return x
}

// subset draws ascending numbers below n, about a share of them.
func subset(r *rand.Rand, n int, share float64) []int32 {
	var x []int32
	for i := range n {
		if r.Float64() < share {
			x = append(x, int32(i))
		}
	}
	return x
}

func floats(r *rand.Rand, n int, size float64) []float32 { return narrow(normal(r, 1, n, size).V) }

// offsets are the running sums of lengths.
func offsets(lengths ...int) []int32 {
	off := []int32{0}
	for _, n := range lengths {
		off = append(off, off[len(off)-1]+int32(n))
	}
	return off
}

// numbers are n examples' numbers, far from 0…n-1.
func numbers(n int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(1000 + 7*i)
	}
	return x
}
