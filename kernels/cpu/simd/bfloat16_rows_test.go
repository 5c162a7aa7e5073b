package simd

import (
	"fmt"
	"math"
	"testing"
)

// TestRound holds rounding and widening to the reference, on all small lengths.
func TestRound(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for n := range 100 {
			x := newBFloat16Case(rng(uint64(n)), 1, n, 1, 1).tiny(rng(2)).w
			if n > 2 {
				x[n/2], x[n-1] = float32(math.Inf(-1)), float32(math.NaN())
			}
			got, want := make([]uint16, n+3), make([]uint16, n+3)
			got[n], want[n] = 7, 7
			s.Round(got[:n], x)
			roundRowGo(want, x)
			wide := make([]float32, n+1)
			s.Widen(wide[:n], got[:n])
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%d numbers: %x became %#x, want %#x", n, x[min(i, n-1)], got[i], want[i])
				}
				if i < n && math.Float32bits(wide[i]) != uint32(got[i])<<16 || wide[n] != 0 {
					t.Fatalf("%d numbers: %#x became %x", n, got[i], wide[i])
				}
			}
		}
	})
}

// TestGELUHalf: an eighth of what rounding to bfloat16 may cost.
func TestGELUHalf(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		var x []float32
		for v := -8.0; v < 8; v += 1.0 / 4096 {
			x = append(x, float32(v))
		}
		for e := -126; e < 127; e++ {
			x = append(x, float32(math.Exp2(float64(e))), -float32(math.Exp2(float64(e))))
		}
		x = append(x, 0, float32(math.Inf(1)), float32(math.NaN()))
		y := make([]float32, len(x))
		s.GELUHalf(y, x)
		worst := 0.0
		for i, v := range x {
			want := float64(v) * 0.5 * math.Erfc(-float64(v)/math.Sqrt2)
			near(t, fmt.Sprintf("GELU(%g)", v), y[i], want, 1e-10, 0x1p-12)
			if math.Abs(want) > 1e-8 && !math.IsInf(want, 0) {
				worst = max(worst, math.Abs(float64(y[i])/want-1))
			}
		}
		t.Logf("off by %.3g of the result, 2^%.1f", worst, math.Log2(worst))
		for n := range 70 {
			f := fenceOf(x[1000:1000+n], n%3)
			s.GELUHalf(f.x, f.x)
			f.intact(t)
			sameBits(t, fmt.Sprintf("%d numbers", n), f.x, y[1000:1000+n])
		}
	})
}

// TestBFloat16GELU: a product with GELU is GELU of the product, to the bit.
func TestBFloat16GELU(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		for _, shape := range [][3]int{{1, 1, 1}, {70, 45, 40}, {33, 64, 65}} {
			g := newBFloat16Case(rng(3), shape[0], shape[1], shape[2], 1)
			for flags := range 8 {
				if flags&1 != 0 {
					continue
				}
				q, got, want := g.packed(s), make([]float32, g.m*g.n), make([]float32, g.m*g.n)
				g.run(s, q, got, g.n, 0, g.m, 0, g.n, flags|8, false)
				g.run(s, q, want, g.n, 0, g.m, 0, g.n, flags, false)
				s.GELUHalf(want, want)
				sameBits(t, fmt.Sprint(shape, flags), got, want)
				g.run(s, q, got, g.n, 0, g.m, 0, g.n, flags|9, false)
				if flags&4 == 0 { // the residual is rounded too
					for i, v := range want {
						want[i] = fromBFloat16(roundGo(v))
					}
					sameBits(t, fmt.Sprint(shape, flags, "rounded"), got, want)
				}
			}
		}
	})
}
