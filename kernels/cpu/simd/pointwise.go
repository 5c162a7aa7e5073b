package simd

// GELU is dst = src·Φ(src), by erf (Hendrycks and Gimpel 2016); dst may be src.
// The assembly is within 2 units in the last place for |x| < 0.5 and within 3 elsewhere, for results down to 1e-37 in magnitude.
func (s *Set) GELU(dst, src []float32) {
	sameLen("GELU", len(dst), len(src))
	if len(dst) > 0 {
		s.v.gelu(&dst[0], &src[0], len(dst))
	}
}

// GELUGrad is dst = dy·gelu'(u) = dy·(Φ(u) + u·φ(u)); dst may be u or dy.
// gelu' crosses zero at u ≈ -0.75; the assembly's error is at most 2.5e-7 in gelu', absolutely.
func (s *Set) GELUGrad(dst, u, dy []float32) {
	sameLen("GELUGrad", len(dst), len(u), len(dy))
	if len(dst) > 0 {
		s.v.geluGrad(&dst[0], &u[0], &dy[0], len(dst))
	}
}

// Exp is dst = eˢʳᶜ, within 1.25 units in the last place; dst may be src.
func (s *Set) Exp(dst, src []float32) {
	sameLen("Exp", len(dst), len(src))
	if len(dst) > 0 {
		s.v.exp(&dst[0], &src[0], len(dst))
	}
}

// Add is dst = a + b; dst may be a or b.
func (s *Set) Add(dst, a, b []float32) {
	sameLen("Add", len(dst), len(a), len(b))
	if len(dst) > 0 {
		s.v.add(&dst[0], &a[0], &b[0], len(dst))
	}
}

// Mul is dst = a·b, element by element; dst may be a or b.
func (s *Set) Mul(dst, a, b []float32) {
	sameLen("Mul", len(dst), len(a), len(b))
	if len(dst) > 0 {
		s.v.mul(&dst[0], &a[0], &b[0], len(dst))
	}
}

// Axpy is dst += alpha·x, with one rounding in the assembly sets.
func (s *Set) Axpy(dst []float32, alpha float32, x []float32) {
	sameLen("Axpy", len(dst), len(x))
	if len(dst) > 0 {
		s.v.axpy(&dst[0], &x[0], len(dst), alpha)
	}
}

// Scale is dst = alpha·x; dst may be x.
func (s *Set) Scale(dst []float32, alpha float32, x []float32) {
	sameLen("Scale", len(dst), len(x))
	if len(dst) > 0 {
		s.v.scale(&dst[0], &x[0], len(dst), alpha)
	}
}
