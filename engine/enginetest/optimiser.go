package enginetest

import (
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testOptimiser compares Adam with PyTorch's formulas in float64, over steps in which each side goes on from its own state.
func testOptimiser(t *testing.T, be engine.Backend) {
	for _, n := range []int{0, 1, 17, 61, 5000} {
		r := stream(uint64(60 + n))
		dev := newPlace(t, be)
		host := normal(r, 1, n, 1)
		p, g, m, v := dev.put(host), dev.alloc(1, n, 0), dev.alloc(1, n, 0), dev.alloc(1, n, 0)
		hm, hv := make([]float64, n), make([]float64, n)
		w := worst{tol: tolerances["adam"].forward}
		for step := 1; step <= 6; step++ {
			size := []float64{1, 1e-3, 1e3, 0, 1e-9, 1}[step-1]
			grad := normal(r, 1, n, size)
			be.Upload(g, narrow(grad.V))
			s := engine.AdamStep{LR: 1e-2, Beta1: 0.9, Beta2: 0.98, Eps: 1e-6, Step: step, GradScale: 1 / float64(step)}
			be.Adam(p, g, m, v, s)
			for i := range n {
				d := grad.V[i] / float64(step)
				hm[i] = 0.9*hm[i] + 0.1*d
				hv[i] = 0.98*hv[i] + 0.02*d*d
				mean := hm[i] / (1 - math.Pow(0.9, float64(step)))
				square := hv[i] / (1 - math.Pow(0.98, float64(step)))
				host.V[i] -= 1e-2 * mean / (math.Sqrt(square) + 1e-6)
			}
			w.check(t, "adam's parameter", download(be, p), host.V)
		}
		relative := worst{tol: tolerance{1e-30, 2e-6}}
		relative.check(t, "adam's first moment", download(be, m), hm)
		relative.check(t, "adam's second moment", download(be, v), hv)
		sameBits(t, "adam's gradient", download(be, g), download(be, g))

		x := normal(r, 1, n, 1)
		var sum float64
		for _, v := range x.V {
			sum += v * v
		}
		if got := be.SumSquares(dev.put(x)); !(math.Abs(got-sum) <= tolerances["sum_squares"].forward.rtol*sum) {
			t.Errorf("sum of squares of %d is %v, want %v", n, got, sum)
		}
		dev.intact("optimiser")
	}
	huge := newPlace(t, be)
	if got, want := be.SumSquares(huge.alloc(1, 10, 1e30)), 10*float64(float32(1e30))*float64(float32(1e30)); !(math.Abs(got-want) <= 1e-12*want) {
		t.Errorf("sum of squares beyond float32 is %v, want %v", got, want)
	}
}
