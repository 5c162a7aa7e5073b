package simd

import (
	"fmt"
	"math"
	"testing"
)

// ulps is |got - want| in units of the last place of want.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	unit := math.Abs(float64(math.Nextafter32(w, float32(math.Inf(1)))) - float64(w))
	return math.Abs(float64(got)-want) / unit
}

// sweep walks the floats of both signs between lo and hi in even steps of their bits, 1.5 million in all.
func sweep(lo, hi float32, visit func(x []float32)) {
	a, b := math.Float32bits(lo), math.Float32bits(hi)
	step := max(1, (b-a)/750_000)
	buf := make([]float32, 0, 4096)
	for u := a; u < b; u += step {
		x := math.Float32frombits(u)
		buf = append(buf, x, -x)
		if len(buf) == cap(buf) {
			visit(buf)
			buf = buf[:0]
		}
	}
	visit(buf)
}

// worst runs a kernel over a sweep and fails when an error exceeds the limit in units of the last place.
func worst(t *testing.T, lo, hi float32, limit float64, run func(dst, x []float32), want func(float64) float64) {
	t.Helper()
	var most float64
	var where float32
	sweep(lo, hi, func(x []float32) {
		y := make([]float32, len(x))
		run(y, x)
		for i, v := range x {
			w := want(float64(v))
			if math.Abs(w) > math.MaxFloat32 {
				continue
			}
			if e := ulps(y[i], w); !(e <= most) {
				most, where = e, v
			}
		}
	})
	t.Logf("[%g, %g]: at most %.2f units in the last place, at %g", lo, hi, most, where)
	if !(most <= limit) {
		t.Errorf("[%g, %g]: %.2f units in the last place at %g, more than %g", lo, hi, most, where, limit)
	}
}

func TestAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: sweeps of 1.5 million arguments each")
	}
	forSets(t, func(t *testing.T, s *Set) {
		gelu := func(x float64) float64 { return x * phi(x) }
		worst(t, 1e-30, 0.5, 2, s.GELU, gelu)
		worst(t, 0.5, 5, 3, s.GELU, gelu)
		worst(t, 5, 12.9, 3, s.GELU, gelu)
		worst(t, 1e-30, 1, 1.25, s.Exp, math.Exp)
		worst(t, 1, 100, 1.25, s.Exp, math.Exp)
	})
}

// TestGELUUnderflow bounds the absolute error where the result leaves the normal numbers.
func TestGELUUnderflow(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		sweep(12.9, 200, func(x []float32) {
			y := make([]float32, len(x))
			s.GELU(y, x)
			for i, v := range x {
				near(t, fmt.Sprintf("x %g", v), y[i], float64(v)*phi(float64(v)), 2e-44, 4*ulp)
			}
		})
	})
}

// TestGELUGradAccuracy bounds the absolute error of gelu', and its relative error in the far tail.
func TestGELUGradAccuracy(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		var most float64
		sweep(1e-3, 20, func(x []float32) {
			y, one := make([]float32, len(x)), make([]float32, len(x))
			for i := range one {
				one[i] = 1
			}
			s.GELUGrad(y, x, one)
			for i, v := range x {
				e := math.Abs(float64(y[i]) - geluSlope(float64(v)))
				if !(e <= most) {
					most = e
				}
				if v < -3 {
					near(t, "far tail", y[i], geluSlope(float64(v)), 1e-43, 8*ulp)
				}
			}
		})
		t.Logf("at most %.3g", most)
		if !(most <= 2.5e-7) {
			t.Errorf("error %g", most)
		}
	})
}

// TestGELULimits holds the ends: the sign of zero, the underflow, what is too large to square, and the values that the formula gives at ±Inf.
func TestGELULimits(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		inf, negZero := float32(math.Inf(1)), float32(math.Copysign(0, -1))
		x := []float32{0, negZero, 100, -100, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, inf}
		want := []float32{0, negZero, 100, negZero, math.MaxFloat32, negZero, 0, inf}
		y := make([]float32, len(x))
		s.GELU(y, x)
		sameBits(t, "GELU", y, want)
		one := []float32{1, 1, 1, 1, 1, 1, 1, 1}
		s.GELUGrad(y, x, one)
		for i, w := range []float64{0.5, 0.5, 1, 0, 1, 0, 0.5, math.NaN()} {
			near(t, "GELUGrad", y[i], w, 1e-7, 0)
		}
	})
}
