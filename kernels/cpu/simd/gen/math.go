package main

import "math"

// ln2 in two parts: n·ln2Hi is exact for |n| < 256, as every exponent of a float32 is.
var (
	ln2Hi = float64(math.Float32frombits(math.Float32bits(float32(math.Ln2)) &^ 0xff))
	ln2Lo = math.Ln2 - ln2Hi
)

// expTail approximates (eʳ - 1 - r)/r² on [-ln2/2, ln2/2] to 2⁻²⁶ of eʳ.
var expTail = fit(func(r float64) float64 {
	if math.Abs(r) < 1e-2 {
		return 1./2 + r/6 + r*r/24 + r*r*r/120 + r*r*r*r/720
	}
	return (math.Expm1(r) - r) / (r * r)
}, -math.Ln2/2, math.Ln2/2, 0, 4)

// The tail of the normal distribution is Q(u) = exp(-u²/2)·t·S(t) with t = 1/(tailShift+u). The shift makes S so smooth, between 0.48
// and 1.5, that degree 10 reaches 2⁻²⁹; larger or smaller ones need more.
const (
	uMax      = 14.5 // Q is 0 in float32 from here on
	tailShift = 3
)

func tailS(t float64) float64 {
	u := 1/t - tailShift
	return 0.5 * math.Erfc(u/math.Sqrt2) * math.Exp(u*u/2) / t
}

// tailCentre is a float32 near the middle of t's range where S is all but a float32 itself, so that rounding the polynomial's
// first coefficient, which would be an error everywhere, costs nothing.
var tailCentre = func() float64 {
	best, miss := 0.0, 1.0
	c := float32(1./(tailShift+uMax)+1./tailShift) / 2
	for range 2000 {
		s := tailS(float64(c))
		if d := math.Abs(s - float64(float32(s))); d < miss {
			best, miss = float64(c), d
		}
		c = math.Nextafter32(c, 1)
	}
	return best
}()

var tailFactor = fit(tailS, 1./(tailShift+uMax), 1./tailShift, tailCentre, 10)

// tailWeight is a in d ln(t·S)/d ln t ≈ 1 + a·t, which holds to 4 % for all t: what an error of the reciprocal does to the tail.
const tailWeight = 4.25

// Below smallU, Φ(x) is 1/2 + x·E(x²): there the tail's roundings are large beside what the small argument allows.
const smallU = 0.5

var smallFactor = fit(func(h float64) float64 {
	if h < 1e-6 {
		return (1 - h/6) / math.Sqrt(2*math.Pi)
	}
	u := math.Sqrt(h)
	return 0.5 * math.Erf(u/math.Sqrt2) / u
}, 0, smallU*smallU, 0, 3)

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

// scale2 multiplies xs by 2ⁿ for whole n in [-250, 250], with one rounding where the result is subnormal; it spoils n and t.
func (f *file) scale2(n, t string, xs ...string) {
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
	f.scale2(n, t, x)
}

// normal computes, for x in register 0, Φ(x) into register 1 and, if slope is wanted, φ(x) into register 2. It uses registers to 12.
//
// Each rounding that would cost a sizeable part of a unit in the last place is carried along and put right at the end: those of u² (l), of the
// reduced argument, of the reciprocal (e), of S and of the product t·S (d).
func (f *file) normal(slope bool) {
	x, phi, density := f.v(0), f.v(1), f.v(2)
	u, h, l, n, r, s, t, e, tmp := f.v(3), f.v(4), f.v(5), f.v(6), f.v(7), f.v(8), f.v(9), f.v(10), f.v(11)
	one := f.v(12)
	f.op("VMOVUPS", f.num(1), one)
	f.op("VANDPS", f.bits(0x7fffffff), x, u)
	f.op("VMINPS", f.num(uMax), u, u)

	// -u²/2 = n·ln2 + r, e what r lacks.
	f.op("VMULPS", u, u, h)
	f.op("VMOVAPS", u, l)
	f.op("VFMSUB213PS", h, u, l) // u² - h
	f.op("VMULPS", f.num(-0.5*math.Log2E), h, n)
	f.round(n, n)
	f.op("VMULPS", f.num(-0.5), h, h)
	f.op("VFNMADD231PS", f.num(ln2Hi), n, h) // exact
	f.op("VMULPS", f.num(-0.5), l, l)
	f.op("VFNMADD231PS", f.num(ln2Lo), n, l)
	f.op("VADDPS", l, h, r)
	f.op("VSUBPS", r, h, e)
	f.op("VADDPS", l, e, e)

	// t = 1/(shift+u), and its error, weighted, joins e.
	f.op("VADDPS", f.num(tailShift), u, t)
	f.op("VDIVPS", t, one, t)
	f.op("VMOVAPS", one, h)
	f.op("VFNMADD231PS", f.num(tailShift), t, h)
	f.op("VFNMADD231PS", u, t, h) // 1 - t·(shift+u)
	f.op("VMOVUPS", f.num(tailWeight), tmp)
	f.op("VFMADD213PS", one, t, tmp)
	f.op("VFMADD231PS", tmp, h, e)
	f.op("VFMADD213PS", e, r, e) // what multiplies eʳ as 1 + e adds e·(1+r) and little more

	f.poly(expTail, r, s)
	f.op("VMULPS", r, r, h)
	if slope {
		f.op("VMOVAPS", s, density)
		f.op("VFMADD213PS", r, h, density)
		f.op("VADDPS", one, density, density)
		f.op("VMULPS", f.num(1/math.Sqrt(2*math.Pi)), density, density)
	}
	f.op("VFMADD213PS", e, h, s)
	f.op("VADDPS", r, s, s) // eʳ·(1+e) - 1

	f.op("VSUBPS", f.num(tailCentre), t, tmp)
	f.poly(tailFactor[1:], tmp, e)
	f.op("VMOVUPS", f.num(tailFactor[0]), l)
	f.op("VMOVAPS", l, r)
	f.op("VFMADD231PS", tmp, e, r) // S
	f.op("VSUBPS", r, l, l)
	f.op("VFMADD231PS", tmp, e, l) // what S lacks
	f.op("VMULPS", t, r, h)
	f.op("VFMSUB213PS", h, t, r)
	f.op("VFMADD231PS", l, t, r) // d
	f.op("VFMADD213PS", r, h, s)
	f.op("VADDPS", h, s, s) // Q·2⁻ⁿ
	if slope {
		f.scale2(n, h, s, density)
	} else {
		f.scale2(n, h, s)
	}
	f.op("VSUBPS", s, one, phi)
	f.op("VMULPS", x, x, h)
	f.poly(smallFactor, h, r)
	f.op("VFMADD213PS", f.num(0.5), x, r)
	if f.isa == avx512 {
		f.op("VPMOVD2M", x, "K2")
		f.op("VMOVAPS", s, "K2", phi)
		f.op("VCMPPS", "$1", f.num(smallU), u, "K2")
		f.op("VMOVAPS", r, "K2", phi)
		return
	}
	f.op("VBLENDVPS", x, s, phi, phi)
	f.op("VCMPPS", "$1", f.num(smallU), u, u)
	f.op("VBLENDVPS", u, r, phi, phi)
}
