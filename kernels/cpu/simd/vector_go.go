package simd

import (
	"math"
	"unsafe"
)

// goVector is the reference: special functions and reductions in float64, rounded once.
var goVector = vector{
	gelu: func(dst, src *float32, n int) {
		d := unsafe.Slice(dst, n)
		for i, x := range unsafe.Slice(src, n) {
			d[i] = float32(float64(x) * phi(float64(x)))
		}
	},
	geluGrad: func(dst, u, dy *float32, n int) {
		d, g := unsafe.Slice(dst, n), unsafe.Slice(dy, n)
		for i, x := range unsafe.Slice(u, n) {
			d[i] = float32(float64(g[i]) * geluSlope(float64(x)))
		}
	},
	exp: func(dst, src *float32, n int) {
		d := unsafe.Slice(dst, n)
		for i, x := range unsafe.Slice(src, n) {
			d[i] = float32(math.Exp(float64(x)))
		}
	},
	maxScaled: func(x *float32, n int, scale float32) float32 {
		m := float32(math.Inf(-1))
		for _, x := range unsafe.Slice(x, n) {
			if y := float32(scale * x); y > m {
				m = y
			}
		}
		return m
	},
	expShift: func(dst, x *float32, n int, scale, shift float32) float32 {
		d, sum := unsafe.Slice(dst, n), 0.0
		for i, x := range unsafe.Slice(x, n) {
			d[i] = float32(math.Exp(float64(float32(scale*x) - shift)))
			sum += float64(d[i])
		}
		return float32(sum)
	},
	divide: func(dst, x *float32, n int, by float32) {
		d := unsafe.Slice(dst, n)
		for i, x := range unsafe.Slice(x, n) {
			d[i] = x / by
		}
	},
	add: func(dst, a, b *float32, n int) {
		d, b1 := unsafe.Slice(dst, n), unsafe.Slice(b, n)
		for i, x := range unsafe.Slice(a, n) {
			d[i] = x + b1[i]
		}
	},
	mul: func(dst, a, b *float32, n int) {
		d, b1 := unsafe.Slice(dst, n), unsafe.Slice(b, n)
		for i, x := range unsafe.Slice(a, n) {
			d[i] = x * b1[i]
		}
	},
	axpy: func(dst, x *float32, n int, alpha float32) {
		d := unsafe.Slice(dst, n)
		for i, x := range unsafe.Slice(x, n) {
			d[i] += alpha * x
		}
	},
	scale: func(dst, x *float32, n int, alpha float32) {
		d := unsafe.Slice(dst, n)
		for i, x := range unsafe.Slice(x, n) {
			d[i] = alpha * x
		}
	},
	dot: func(a, b *float32, n int) float32 {
		y, sum := unsafe.Slice(b, n), 0.0
		for i, x := range unsafe.Slice(a, n) {
			sum += float64(x) * float64(y[i])
		}
		return float32(sum)
	},
	sum: func(x *float32, n int) float32 {
		sum := 0.0
		for _, x := range unsafe.Slice(x, n) {
			sum += float64(x)
		}
		return float32(sum)
	},
	sumSq: func(x *float32, n int, mean float32) float32 {
		sum := 0.0
		for _, x := range unsafe.Slice(x, n) {
			d := float64(x) - float64(mean)
			sum += d * d
		}
		return float32(sum)
	},
	normalise: func(dst, x, gamma, beta *float32, n int, mean, rstd float32) {
		d, g, b := unsafe.Slice(dst, n), unsafe.Slice(gamma, n), unsafe.Slice(beta, n)
		for i, x := range unsafe.Slice(x, n) {
			d[i] = (x-mean)*rstd*g[i] + b[i]
		}
	},
}

// phi is the normal distribution function, precise in both tails.
func phi(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// geluSlope is the derivative of x·Φ(x).
func geluSlope(x float64) float64 {
	const invSqrt2Pi = 1 / (math.Sqrt2 * math.SqrtPi)
	return phi(x) + x*(invSqrt2Pi*math.Exp(-x*x/2))
}
