package simd

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// TestPackHalf: what is packed in bfloat16 is what packing the same numbers as float32 gives, of both orders and all strides, and memory used again keeps nothing.
func TestPackHalf(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		var q, p BFloat16Weights
		for i, shape := range [][3]int{{128, 64, 192}, {1, 1, 1}, {33, 31, 31}, {70, 40, 42}, {64, 65, 70}, {31, 2, 3}, {5, 0, 0}, {0, 32, 32}} {
			n, k, ld := shape[0], shape[1], shape[2]
			r := rng(uint64(i))
			w, turned := make([]float32, n*ld), make([]float32, k*(n+3))
			for j := range w {
				w[j] = fromBFloat16(roundGo(float32(r.NormFloat64())))
			}
			for row := range n {
				for c := range k {
					turned[c*(n+3)+row] = w[row*ld+c]
				}
			}
			want := NewBFloat16Weights(n, k)
			want.Pack(s, w, 0, n, ld, make([]float32, want.Room()))
			q.Reset(n, k)
			q.PackHalf(s, words(w), ld)
			p.Reset(n, k)
			p.PackHalfN(s, words(turned), n+3)
			if !slices.Equal(q.data, want.data) {
				t.Errorf("%v: PackHalf differs from Pack", shape)
			}
			if !slices.Equal(p.data, want.data) {
				t.Errorf("%v: PackHalfN differs from Pack", shape)
			}
		}
	})
}

// TestSoftmaxHalf: within what rounding costs and an eighth more; zeros behind the row, and a NaN makes all of it NaN.
func TestSoftmaxHalf(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		var a BFloat16Rows
		worst := 0.0
		for n := 1; n < 140; n++ {
			r := rng(uint64(n))
			const m, pad = 3, 2
			x := make([]float32, m*(n+pad))
			for i := range x {
				x[i] = float32(20 * r.NormFloat64())
			}
			if n%5 == 0 {
				x[n/2] = 1000
			}
			if n%7 == 0 {
				x[2*(n+pad)+n-1] = float32(math.NaN())
			}
			in := slices.Clone(x)
			a.Grow(m, n, 1)
			for i := range a.data {
				a.data[i] = 0x7fc0
			}
			a.Softmax(s, m, x, n+pad, n, 0.125)
			for row := range m {
				most, sum := math.Inf(-1), 0.0
				for _, v := range in[row*(n+pad):][:n] {
					most = max(most, float64(v)/8)
				}
				for _, v := range in[row*(n+pad):][:n] {
					sum += math.Exp(float64(v)/8 - most)
				}
				got := a.data[row*a.stride:][:steps(n)*bfloat16Step]
				for i, v := range got {
					y := fromBFloat16(v)
					if i >= n {
						if v != 0 {
							t.Fatalf("%d columns: %#x behind them", n, v)
						}
						continue
					}
					want := math.Exp(float64(in[row*(n+pad)+i])/8-most) / sum
					near(t, fmt.Sprintf("%d columns: element [%d, %d]", n, row, i), y, want, 1e-30, 1.2*0x1p-8)
					if want > 1e-30 {
						worst = max(worst, math.Abs(float64(y)/want-1))
					}
				}
			}
			for row := range m {
				for i := range pad {
					if at := row*(n+pad) + n + i; x[at] != in[at] {
						t.Fatalf("%d columns: wrote behind them", n)
					}
				}
			}
		}
		t.Logf("off by %.3g, 2^%.2f", worst, math.Log2(worst))
	})
}

// TestSoftmaxHalfFar: numbers of every size, and infinite ones, give what Softmax gives.
func TestSoftmaxHalfFar(t *testing.T) {
	inf := float32(math.Inf(1))
	forBFloat16(t, func(t *testing.T, s *Set) {
		for _, row := range [][]float32{{1e5, 0, 3}, {1e12, 1e12, -1e12}, {1e30, 0, 1}, {3e38, -3e38, 3e38}, {-3e38, -3e38}, {-1e30, -2e30}, {1e-40, 2e-40}, {5, -inf, 5},
			{inf, 0}, {-inf, -inf}, {-1e30}} {
			want, x := slices.Clone(row), slices.Clone(row)
			s.Softmax(want, want, 0.125)
			var a BFloat16Rows
			a.Softmax(s, 1, x, len(x), len(x), 0.125)
			for i, v := range want {
				near(t, fmt.Sprintf("softmax(%g), element %d", row, i), fromBFloat16(a.data[i]), float64(v), 0, 1.2*0x1p-8)
			}
		}
	})
}

// TestEmptyK: a product over no K is what is added to it, in every row.
func TestEmptyK(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		const m, n = 3, 2
		bias, want := []float32{1, 2}, []float32{1, 2, 1, 2, 1, 2}
		one, few := make([]float32, m*n), []float32{7, 7, 7, 7, 7, 7}
		s.BFloat16Gemm(m, n, nil, 0, NewBFloat16Weights(n, 0), 0, &BFloat16Out{C: one, Ld: n, Bias: bias}, new(Room))
		sameBits(t, "BFloat16Gemm", one, want)
		s.PartsGemmFew(m, n, 0, nil, nil, 0, few, n, Epilogue{Bias: bias}, new(Room))
		sameBits(t, "PartsGemmFew", few, want)
	})
}
