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
	if c, ok := be.(engine.Clipper); ok {
		testClipped(t, be, c)
	}
	huge := newPlace(t, be)
	if got, want := be.SumSquares(huge.alloc(1, 10, 1e30)), 10*float64(float32(1e30))*float64(float32(1e30)); !(math.Abs(got-want) <= 1e-12*want) {
		t.Errorf("sum of squares beyond float32 is %v, want %v", got, want)
	}
}

// testClipped wants of ClippedAdam the bits of SumSquares, a factor and Adam, and nothing changed by gradients whose norm is not finite.
func testClipped(t *testing.T, be engine.Backend, c engine.Clipper) {
	for what, clip := range map[string]float64{"clipped": 0.5, "not clipped": 1e9, "no limit": 0, "not finite": 1} {
		r := stream(99)
		place := newPlace(t, be)
		var fused, single []engine.AdamTensors
		for _, n := range []int{5000, 1, 61} {
			p, g := normal(r, 1, n, 1), normal(r, 1, n, 1)
			if what == "not finite" && n == 1 {
				g.V[0] = math.Inf(1)
			}
			for _, all := range []*[]engine.AdamTensors{&fused, &single} {
				*all = append(*all, engine.AdamTensors{P: place.put(p), G: place.put(g), M: place.alloc(1, n, 0.1), V: place.alloc(1, n, 0.2)})
			}
		}
		s := engine.AdamStep{LR: 1e-2, Beta1: 0.9, Beta2: 0.98, Eps: 1e-6, Step: 3}
		norm, err := c.ClippedAdam(fused, s, clip)()
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		for _, x := range single {
			sum += be.SumSquares(x.G)
		}
		want := math.Sqrt(sum)
		if norm != want {
			t.Errorf("%s: the norm is %v, want %v", what, norm, want)
		}
		if s.GradScale = 1; clip > 0 {
			s.GradScale = min(1, clip/(want+1e-6))
		}
		for i, x := range single {
			if what != "not finite" {
				be.Adam(x.P, x.G, x.M, x.V, s)
			}
			y := fused[i]
			for name, of := range map[string][2]engine.Tensor{"parameter": {y.P, x.P}, "first moment": {y.M, x.M}, "second moment": {y.V, x.V}, "gradient": {y.G, x.G}} {
				sameBits(t, what+": "+name, download(be, of[0]), download(be, of[1]))
			}
		}
		place.intact(what)
	}
}
