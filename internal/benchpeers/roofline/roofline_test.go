package roofline

import (
	"testing"

	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// A tile of the matrix product can reach the peak and not exceed it; a loop that missed its count by a factor would show here.
func TestPeakBoundsTheTile(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: measures time")
	}
	set := simd.Sets()[0]
	if set.Name == "go" {
		t.Skip("this machine has no vector kernels: the loop in Go bounds nothing")
	}
	const m, n, k = 96, 64, 256
	a, w, c := make([]float32, m*k), make([]float32, set.PackedLen(k, n)), make([]float32, m*n)
	run := func(rounds int) {
		for range rounds {
			set.Gemm(m, n, k, a, k, w, c, n, simd.Epilogue{})
		}
	}
	best, peak := 0.0, 0.0
	for range 20 { // other programs can slow down any measurement, but not all of many
		peak = max(peak, Peak(1))
		for range 20 {
			best = max(best, 2*m*n*k*8/timed(8, run).Seconds()/1e9)
		}
		if best <= 1.1*peak && best >= 0.5*peak {
			return
		}
	}
	t.Errorf("a product in the cache runs at %.0f GFLOP/s, the peak is %.0f", best, peak)
}
