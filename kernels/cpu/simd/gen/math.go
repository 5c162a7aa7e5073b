package main

import "math"

// ln2 in two parts: n·ln2Hi is exact for every exponent n of a float32.
var (
	ln2Hi = float64(math.Float32frombits(math.Float32bits(float32(math.Ln2)) &^ 0xfff))
	ln2Lo = math.Ln2 - ln2Hi
)

// expTail approximates (eʳ - 1 - r)/r² on [-ln2/2, ln2/2] to 2⁻²⁹ of eʳ.
var expTail = fit(func(r float64) float64 {
	if math.Abs(r) < 1e-2 {
		return 1./2 + r/6 + r*r/24 + r*r*r/120 + r*r*r*r/720
	}
	return (math.Expm1(r) - r) / (r * r)
}, -math.Ln2/2, math.Ln2/2, 0, 4)

// The tail of the normal distribution is Q(u) = exp(-u²/2)·t·S(t) with t = 1/(1+u), and S is between 0.39 and 0.53:
// nearly constant, so that a polynomial around the middle rounds little more than its last addition.
const (
	uMax    = 14.5 // Q is 0 in float32 from here on
	tCentre = 0.5625
)

var tailFactor = fit(func(t float64) float64 {
	u := 1/t - 1
	return 0.5 * math.Erfc(u/math.Sqrt2) * math.Exp(u*u/2) / t
}, 1/(1+uMax), 1, tCentre, 11)

// poly is acc = Σ c[i]·xⁱ by Horner's rule; acc must not be x.
func (f *file) poly(c []float64, x, acc string) {
	f.op("VMOVUPS", f.num(c[len(c)-1]), acc)
	for i := len(c) - 2; i >= 0; i-- {
		f.op("VFMADD213PS", f.num(c[i]), x, acc)
	}
}

// round is dst = x rounded to the nearest integer.
func (f *file) round(x, dst string) {
	if f.isa == avx512 {
		f.op("VRNDSCALEPS", "$8", x, dst)
		return
	}
	f.op("VROUNDPS", "$8", x, dst)
}

// reduce subtracts n·ln2 from r.
func (f *file) reduce(n, r string) {
	f.op("VFNMADD231PS", f.num(ln2Hi), n, r)
	f.op("VFNMADD231PS", f.num(ln2Lo), n, r)
}

// expm1 is s = eʳ - 1 for |r| ≤ ln2/2; it spoils tmp.
func (f *file) expm1(r, s, tmp string) {
	f.poly(expTail, r, s)
	f.op("VMULPS", r, r, tmp)
	f.op("VFMADD213PS", r, tmp, s)
}

// scale2 multiplies xs by 2ⁿ for whole n in [-250, 250], with one rounding where the result is subnormal; it spoils n, t and w.
func (f *file) scale2(n, t, w string, xs ...string) {
	if f.isa == avx512 {
		for _, x := range xs {
			f.op("VSCALEFPS", n, x, x)
		}
		return
	}
	// In two factors, since 2ⁿ itself may be no normal number.
	f.op("VCVTPS2DQ", n, n)
	f.op("VPSRAD", "$1", n, t)
	f.op("VPSUBD", t, n, n)
	for _, half := range []string{t, n} {
		f.op("VPADDD", f.bits(127), half, half)
		f.op("VPSLLD", "$23", half, half)
	}
	_ = w
	for _, x := range xs {
		f.op("VMULPS", t, x, x)
		f.op("VMULPS", n, x, x)
	}
}

// exp replaces x by eˣ; it spoils n, s and t. Arguments are held to where the result is 0 or Inf; NaN stays.
func (f *file) exp(x, n, s, t string) {
	// MIN and MAX return their last operand, Go's first, when one is NaN.
	f.op("VMOVUPS", f.num(90), n)
	f.op("VMINPS", x, n, x)
	f.op("VMOVUPS", f.num(-105), n)
	f.op("VMAXPS", x, n, x)
	f.op("VMULPS", f.num(math.Log2E), x, n)
	f.round(n, n)
	f.reduce(n, x)
	f.expm1(x, s, t)
	f.op("VADDPS", f.num(1), s, x)
	f.scale2(n, s, t, x)
}

// normal computes, for x in register 0, Φ(x) into register 1 and, if slope is wanted, φ(x) into register 2. It uses registers to 12.
//
// Roundings that would matter are carried along: that of u² (l), and that of the reciprocal (e).
func (f *file) normal(slope bool) {
	x, phi, density := f.v(0), f.v(1), f.v(2)
	u, h, l, n, r, s, t, e, tmp := f.v(3), f.v(4), f.v(5), f.v(6), f.v(7), f.v(8), f.v(9), f.v(10), f.v(11)
	one := f.v(12)
	f.op("VMOVUPS", f.num(1), one)
	f.op("VANDPS", f.bits(0x7fffffff), x, u)
	f.op("VMINPS", f.num(uMax), u, u)
	f.op("VMULPS", u, u, h)
	f.op("VMOVAPS", u, l)
	f.op("VFMSUB213PS", h, u, l) // u² - h
	f.op("VMULPS", f.num(-0.5*math.Log2E), h, n)
	f.round(n, n)
	f.op("VMULPS", f.num(-0.5), h, r)
	f.reduce(n, r)
	f.op("VFMADD231PS", f.num(-0.5), l, r)
	f.expm1(r, s, tmp)
	f.op("VADDPS", one, u, t)
	f.op("VDIVPS", t, one, t)
	f.op("VSUBPS", t, one, e)
	f.op("VFNMADD231PS", u, t, e) // 1 - t·(1+u)
	if slope {
		f.op("VADDPS", one, s, density)
		f.op("VMULPS", f.num(1/math.Sqrt(2*math.Pi)), density, density)
	}
	f.op("VADDPS", e, s, tmp)
	f.op("VFMADD213PS", tmp, e, s) // (1+s)·(1+e) - 1
	f.op("VSUBPS", f.num(tCentre), t, tmp)
	f.poly(tailFactor, tmp, r)
	f.op("VMULPS", t, r, r)
	f.op("VFMADD213PS", r, r, s) // Q·2⁻ⁿ
	if slope {
		f.scale2(n, h, l, s, density)
	} else {
		f.scale2(n, h, l, s)
	}
	f.op("VSUBPS", s, one, phi)
	if f.isa == avx512 {
		f.op("VPMOVD2M", x, "K2")
		f.op("VMOVAPS", s, "K2", phi)
		return
	}
	f.op("VBLENDVPS", x, s, phi, phi)
}
