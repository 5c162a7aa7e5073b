package main

import "math"

// fit is the polynomial of the given degree, in powers of x - centre, that interpolates g at the Chebyshev nodes of [lo, hi]:
// within a small factor of the best one there is. Its coefficients are then rounded to float32, the lowest first, each time
// with the rest fitted anew to what the rounding left over.
func fit(g func(x float64) float64, lo, hi, centre float64, degree int) []float64 {
	c := make([]float64, degree+1)
	for fixed := range c {
		rest := interpolate(func(x float64) float64 {
			v := x - centre
			y := g(x)
			for i := range fixed {
				y -= c[i] * math.Pow(v, float64(i))
			}
			return y
		}, lo, hi, centre, fixed, degree)
		c[fixed] = float64(float32(rest[fixed]))
	}
	return c
}

// interpolate finds coefficients of powers from…degree of x - centre through the Chebyshev nodes; with from > 0 there are more nodes than
// unknowns, and it takes least squares.
func interpolate(g func(x float64) float64, lo, hi, centre float64, from, degree int) []float64 {
	n := degree + 1 - from
	nodes := 4 * (degree + 1)
	normal := make([][]float64, n)
	for i := range normal {
		normal[i] = make([]float64, n+1)
	}
	half := (hi - lo) / 2
	for j := range nodes {
		x := (lo+hi)/2 + half*math.Cos(math.Pi*(float64(j)+0.5)/float64(nodes))
		y, u := g(x), (x-centre)/half
		for a := range n {
			pa := math.Pow(u, float64(from+a))
			for b := range n {
				normal[a][b] += pa * math.Pow(u, float64(from+b))
			}
			normal[a][n] += pa * y
		}
	}
	solve(normal)
	c := make([]float64, degree+1)
	for a := range n {
		c[from+a] = normal[a][n] / math.Pow(half, float64(from+a))
	}
	return c
}

// solve is Gauss's elimination with pivots; the solution replaces the last column.
func solve(m [][]float64) {
	n := len(m)
	for i := range n {
		p := i
		for r := i + 1; r < n; r++ {
			if math.Abs(m[r][i]) > math.Abs(m[p][i]) {
				p = r
			}
		}
		m[i], m[p] = m[p], m[i]
		for r := range n {
			if r == i {
				continue
			}
			q := m[r][i] / m[i][i]
			for c := i; c <= n; c++ {
				m[r][c] -= q * m[i][c]
			}
		}
	}
	for i := range n {
		m[i][n] /= m[i][i]
	}
}
