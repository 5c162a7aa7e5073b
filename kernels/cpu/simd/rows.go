package simd

import "math"

// Softmax is dst = exp(scale·x - max)/sum for one row; dst may be x. It returns max = max(scale·x), which passes over NaN, and
// sum = Σ exp(scale·x - max). An empty row has max -Inf and sum 0. A row with a NaN, with +Inf, or of nothing but -Inf is NaN throughout.
func (s *Set) Softmax(dst, x []float32, scale float32) (rowMax, sum float32) {
	sameLen("Softmax", len(dst), len(x))
	if len(x) == 0 {
		return float32(math.Inf(-1)), 0
	}
	rowMax = s.v.maxScaled(&x[0], len(x), scale)
	sum = s.v.expShift(&dst[0], &x[0], len(x), scale, rowMax)
	s.v.divide(&dst[0], &dst[0], len(x), sum)
	return rowMax, sum
}

// LayerNorm is dst = (x-mean)·rstd·gamma + beta for one row, with biased variance, rstd = 1/√(var+eps); dst may be x.
func (s *Set) LayerNorm(dst, x, gamma, beta []float32, eps float32) (mean, rstd float32) {
	sameLen("LayerNorm", len(dst), len(x), len(gamma), len(beta))
	n := len(x)
	if n == 0 {
		return 0, 0
	}
	mean = float32(float64(s.v.sum(&x[0], n)) / float64(n))
	variance := float64(s.v.sumSq(&x[0], n, mean)) / float64(n)
	rstd = float32(1 / math.Sqrt(variance+float64(eps)))
	s.v.normalise(&dst[0], &x[0], &gamma[0], &beta[0], n, mean, rstd)
	return mean, rstd
}

// Dot is Σ a·b.
func (s *Set) Dot(a, b []float32) float32 {
	sameLen("Dot", len(a), len(b))
	if len(a) == 0 {
		return 0
	}
	return s.v.dot(&a[0], &b[0], len(a))
}

// Sum is Σ x.
func (s *Set) Sum(x []float32) float32 {
	if len(x) == 0 {
		return 0
	}
	return s.v.sum(&x[0], len(x))
}

// SumSquares is Σ (x-mean)².
func (s *Set) SumSquares(x []float32, mean float32) float32 {
	if len(x) == 0 {
		return 0
	}
	return s.v.sumSq(&x[0], len(x), mean)
}
