package simd

import (
	"fmt"
	"math"
	"testing"
)

// elementwise is one kernel that maps element i of its sources to element i of dst, with its formula in float64.
type elementwise struct {
	name       string
	run        func(s *Set, dst, a, b []float32)
	want       func(dst, a, b float64) float64
	atol, rtol float64
}

const ulp = 0x1p-23 // of relative error: between one and two units in the last place

var elementwises = []elementwise{
	{"gelu", func(s *Set, dst, a, _ []float32) { s.GELU(dst, a) }, func(_, a, _ float64) float64 { return a * phi(a) }, 1e-44, 2.5 * ulp},
	{"gelu_grad", func(s *Set, dst, a, b []float32) { s.GELUGrad(dst, a, b) }, func(_, a, b float64) float64 { return b * geluSlope(a) }, 2.5e-6, 2 * ulp},
	{"exp", func(s *Set, dst, a, _ []float32) { s.Exp(dst, a) }, func(_, a, _ float64) float64 { return math.Exp(a) }, 1e-44, ulp},
	{"add", func(s *Set, dst, a, b []float32) { s.Add(dst, a, b) }, func(_, a, b float64) float64 { return a + b }, 0, ulp / 2},
	{"mul", func(s *Set, dst, a, b []float32) { s.Mul(dst, a, b) }, func(_, a, b float64) float64 { return a * b }, 0, ulp / 2},
	{"axpy", func(s *Set, dst, a, _ []float32) { s.Axpy(dst, -1.7, a) }, func(d, a, _ float64) float64 { return d + float64(float32(-1.7))*a }, 1e-6, ulp},
	{"scale", func(s *Set, dst, a, _ []float32) { s.Scale(dst, -1.7, a) }, func(_, a, _ float64) float64 { return float64(float32(-1.7)) * a }, 0, ulp / 2},
}

// TestElementwise checks every length up to five vectors, unaligned, in place and not, with NaN and Inf among the numbers, and
// that an element's bits do not depend on where it stands.
func TestElementwise(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for _, op := range elementwises {
			t.Run(op.name, func(t *testing.T) {
				r := rng(11)
				const most = 83
				a, b, d := random(r, most), random(r, most), random(r, most)
				for i := range a {
					a[i] *= 4
				}
				a[3], a[40], b[41], a[66] = float32(math.NaN()), float32(math.Inf(1)), float32(math.NaN()), float32(math.Inf(-1))
				alone := make([]float32, most)
				for i := range alone {
					alone[i] = d[i]
					op.run(s, alone[i:i+1], a[i:i+1], b[i:i+1])
					near(t, fmt.Sprintf("x %g, y %g", a[i], b[i]), alone[i], op.want(float64(d[i]), float64(a[i]), float64(b[i])), op.atol, op.rtol)
				}
				for n := range most + 1 {
					for _, at := range []int{0, 1, 5, most - n} {
						if at+n > most {
							continue
						}
						want := alone[at : at+n]
						dst := fenceOf(d[at:at+n], n%7)
						op.run(s, dst.x, a[at:at+n], b[at:at+n])
						dst.intact(t)
						sameBits(t, fmt.Sprintf("n %d from %d", n, at), dst.x, want)
						if op.name == "axpy" {
							continue
						}
						dst = fenceOf(a[at:at+n], n%7)
						op.run(s, dst.x, dst.x, b[at:at+n])
						dst.intact(t)
						sameBits(t, fmt.Sprintf("n %d from %d in place", n, at), dst.x, want)
						dst = fenceOf(b[at:at+n], n%7)
						op.run(s, dst.x, a[at:at+n], dst.x)
						sameBits(t, fmt.Sprintf("n %d from %d in place of b", n, at), dst.x, want)
					}
				}
			})
		}
	})
}

func TestReductions(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for n := range 300 {
			r := rng(uint64(n))
			a, b := random(r, n), random(r, n)
			var sum, dot, sq, size, dotSize float64
			for i := range a {
				sum += float64(a[i])
				size += math.Abs(float64(a[i]))
				dot += float64(a[i]) * float64(b[i])
				dotSize += math.Abs(float64(a[i]) * float64(b[i]))
				sq += (float64(a[i]) - 0.25) * (float64(a[i]) - 0.25)
			}
			at := fmt.Sprintf("n %d", n)
			near(t, at+" sum", s.Sum(a), sum, 4*ulp*size, 0)
			near(t, at+" dot", s.Dot(a, b), dot, 4*ulp*dotSize, 0)
			near(t, at+" squares", s.SumSquares(a, 0.25), sq, 0, 4*ulp)
			ua, ub := fenceOf(a, 1+n%5).x, fenceOf(b, 2+n%3).x
			sameBits(t, at+" elsewhere", []float32{s.Sum(ua), s.Dot(ua, ub), s.SumSquares(ua, 0.25)}, []float32{s.Sum(a), s.Dot(a, b), s.SumSquares(a, 0.25)})
			if n > 0 {
				a[n-1] = float32(math.NaN())
				near(t, at+" sum NaN", s.Sum(a), math.NaN(), 0, 0)
				near(t, at+" dot NaN", s.Dot(a, b), math.NaN(), 0, 0)
				near(t, at+" squares NaN", s.SumSquares(a, 0), math.NaN(), 0, 0)
			}
		}
	})
}

func TestSoftmax(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for n := 0; n < 150; n++ {
			const scale = float32(0.7)
			x := random(rng(uint64(n)), n)
			top := math.Inf(-1)
			for i := range x {
				x[i] *= 10
				top = max(top, float64(scale*x[i]))
			}
			var total float64
			for _, v := range x {
				total += math.Exp(float64(scale*v) - top)
			}
			dst := fence(n, n%5)
			rowMax, sum := s.Softmax(dst.x, x, scale)
			dst.intact(t)
			near(t, "max", rowMax, top, 0, 0)
			near(t, "sum", sum, total, 0, 8*ulp)
			for i, v := range x {
				near(t, fmt.Sprintf("n %d [%d]", n, i), dst.x[i], math.Exp(float64(scale*v)-top)/total, 1e-44,
					(10+math.Abs(float64(scale*v)-top))*ulp) // the difference is rounded before it is an exponent
			}
			in := fenceOf(x, 1)
			s.Softmax(in.x, in.x, scale)
			in.intact(t)
			sameBits(t, "in place", in.x, dst.x)
		}
	})
}

func TestSoftmaxNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	forSets(t, func(t *testing.T, s *Set) {
		for n := 1; n < 40; n++ {
			for at := range n {
				for _, bad := range []float32{nan, inf, -inf} {
					x := random(rng(5), n)
					x[at] = bad
					s.Softmax(x, x, 1)
					for i, v := range x {
						switch {
						case bad != -inf || n == 1:
							near(t, fmt.Sprintf("n %d with %g at %d", n, bad, at), v, math.NaN(), 0, 0)
						case i == at:
							near(t, "masked", v, 0, 0, 0)
						case !(v > 0 && v <= 1):
							t.Fatalf("n %d with %g at %d: %g at %d", n, bad, at, v, i)
						}
					}
				}
			}
		}
	})
}

func TestLayerNorm(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		const eps = float32(1e-5)
		for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 36, 63, 64, 65, 100, 384, 768, 1027} {
			r := rng(uint64(n))
			x, gamma, beta := random(r, n), random(r, n), random(r, n)
			for i := range x {
				x[i] += 3
			}
			var mean, variance float64
			for _, v := range x {
				mean += float64(v) / float64(n)
			}
			for _, v := range x {
				variance += (float64(v) - mean) * (float64(v) - mean) / float64(n)
			}
			rstd := 1 / math.Sqrt(variance+float64(eps))
			dst := fence(n, n%5)
			gotMean, gotRstd := s.LayerNorm(dst.x, x, gamma, beta, eps)
			dst.intact(t)
			in := fenceOf(x, 1)
			s.LayerNorm(in.x, in.x, gamma, beta, eps)
			in.intact(t)
			sameBits(t, "in place", in.x, dst.x)
			if n < 2 {
				continue // the deviation of one number is all rounding
			}
			near(t, "mean", gotMean, mean, 0, 2*ulp)
			near(t, "rstd", gotRstd, rstd, 0, 4*ulp)
			for i, v := range x {
				near(t, fmt.Sprintf("n %d [%d]", n, i), dst.x[i], (float64(v)-mean)*rstd*float64(gamma[i])+float64(beta[i]), 4e-6, 4*ulp)
			}
			x[n/2] = float32(math.NaN())
			s.LayerNorm(x, x, gamma, beta, eps)
			for _, v := range x {
				near(t, "NaN row", v, math.NaN(), 0, 0)
			}
		}
	})
}
