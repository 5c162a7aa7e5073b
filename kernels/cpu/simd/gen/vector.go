package main

import (
	"fmt"
	"math"
)

func ps(names ...string) []param {
	var out []param
	for _, n := range names {
		out = append(out, param{n, "*float32"})
	}
	return append(out, param{"n", "int"})
}

func withFloats(p []param, names ...string) []param {
	for _, n := range names {
		p = append(p, param{n, "float32"})
	}
	return p
}

const float = "float32"

// routines are the vector routines, in the order of package simd's struct vector.
var routines = []*routine{
	{name: "gelu", doc: "is dst = src·Φ(src).", params: ps("dst", "src")},
	{name: "geluGrad", doc: "is dst = dy·(Φ(u) + u·φ(u)).", params: ps("dst", "u", "dy")},
	{name: "exp", doc: "is dst = eˢʳᶜ.", params: ps("dst", "src")},
	{name: "maxScaled", doc: "is the largest scale·x.", params: withFloats(ps("x"), "scale"), result: float},
	{name: "expShift", doc: "is dst = exp(scale·x - shift), and their sum.", params: withFloats(ps("dst", "x"), "scale", "shift"), result: float},
	{name: "divide", doc: "is dst = x/d.", params: withFloats(ps("dst", "x"), "d")},
	{name: "add", doc: "is dst = a + b.", params: ps("dst", "a", "b")},
	{name: "mul", doc: "is dst = a·b.", params: ps("dst", "a", "b")},
	{name: "axpy", doc: "is dst += alpha·x.", params: withFloats(ps("dst", "x"), "alpha")},
	{name: "scale", doc: "is dst = alpha·x.", params: withFloats(ps("dst", "x"), "alpha")},
	{name: "dot", doc: "is Σ a·b.", params: ps("a", "b"), result: float},
	{name: "sum", doc: "is Σ x.", params: ps("x"), result: float},
	{name: "sumSq", doc: "is Σ (x-mean)².", params: withFloats(ps("x"), "mean"), result: float},
	{name: "normalise", doc: "is dst = (x-mean)·rstd·gamma + beta.", params: withFloats(ps("dst", "x", "gamma", "beta"), "mean", "rstd")},
}

// Registers of a vector routine: scalars sit broadcast in 13, 14; sums in 12 (and 9…11 beside it where there are four).
const (
	scalar = 13
	sumReg = 12
)

func genVector(v *isa) string {
	f := newFile(v)
	for _, r := range routines {
		f.text(r)
		f.withConstants(func() { f.vector(r) })
		f.raw("")
	}
	return f.done()
}

// vector writes the body of a routine: its arguments, the loop over whole vectors, the tail under a mask, the result.
func (f *file) vector(r *routine) {
	in := map[string]string{}
	np, ns := 0, 0
	for _, p := range r.params {
		switch {
		case p.typ == "*float32":
			in[p.name] = f.pointers[np]
			f.op("MOVQ", r.arg(p.name), f.pointers[np])
			np++
		case p.name == "n":
			f.op("MOVQ", r.arg("n"), f.count)
		default:
			in[p.name] = f.v(scalar + ns)
			f.op("VBROADCASTSS", r.arg(p.name), in[p.name])
			ns++
		}
	}
	sums := 0
	switch r.name {
	case "dot", "sum", "sumSq":
		sums = 4
	case "expShift":
		sums = 1
	}
	for i := range sums {
		f.op("VXORPS", f.v(sumReg-i), f.v(sumReg-i), f.v(sumReg-i))
	}
	if r.name == "maxScaled" {
		f.op("VMOVUPS", f.num(math.Inf(-1)), f.v(sumReg))
	}
	loop := func(vectors int) {
		next, out := f.fresh("loop"), f.fresh("out")
		n := vectors * f.lanes
		f.op("SUBQ", fmt.Sprintf("$%d", n), f.count)
		f.op("JLT", out)
		f.raw("%s:", next)
		for i := range vectors {
			f.body(r, in, i, false)
		}
		for i := range np {
			f.op("ADDQ", fmt.Sprintf("$%d", 4*n), f.pointers[i])
		}
		f.op("SUBQ", fmt.Sprintf("$%d", n), f.count)
		f.op("JGE", next)
		f.raw("%s:", out)
		f.op("ADDQ", fmt.Sprintf("$%d", n), f.count)
	}
	if sums == 4 {
		loop(4)
	}
	loop(1)
	done := f.fresh("done")
	f.op("JZ", done)
	f.tailMask(r)
	f.body(r, in, 0, true)
	f.raw("%s:", done)
	if r.result != "" {
		f.result(r, sums)
	}
	f.op("VZEROUPPER")
	f.op("RET")
}

// tailMask makes the mask of the first lanes, as many as are left: K1, or register 15.
func (f *file) tailMask(r *routine) {
	switch f.isa {
	case neon:
		f.lanesMask(r)
		return
	case avx512:
		f.lowBits("AX")
		f.op("KMOVW", "AX", "K1")
		return
	}
	f.op("LEAQ", "lanes<>+32(SB)", "AX")
	f.op("SHLQ", "$2", "CX")
	f.op("SUBQ", "CX", "AX")
	f.op("VMOVUPS", "(AX)", f.v(15))
}

func (f *file) load(ptr string, i int, reg string, tail bool) {
	mem := fmt.Sprintf("%d(%s)", i*f.bytes(), ptr)
	switch {
	case f.isa == neon && tail:
		f.loadTail(ptr, f.place(reg))
	case f.isa == neon:
		f.raw("\tFMOVQ %s, F%d", mem, f.place(reg))
	case !tail:
		f.op("VMOVUPS", mem, reg)
	case f.isa == avx512:
		f.op("VMOVUPS.Z", mem, "K1", reg)
	default:
		f.op("VMASKMOVPS", mem, f.v(15), reg)
	}
}

func (f *file) store(reg, ptr string, tail bool) {
	mem := fmt.Sprintf("(%s)", ptr)
	switch {
	case f.isa == neon && tail:
		f.storeTail(f.place(reg), ptr)
	case f.isa == neon:
		f.raw("\tFMOVQ F%d, %s", f.place(reg), mem)
	case !tail:
		f.op("VMOVUPS", reg, mem)
	case f.isa == avx512:
		f.op("VMOVUPS", reg, "K1", mem)
	default:
		f.op("VMASKMOVPS", reg, f.v(15), mem)
	}
}

// only clears the lanes beyond the tail.
func (f *file) only(reg string, tail bool) {
	switch {
	case !tail:
	case f.isa == avx512:
		f.op("VMOVAPS.Z", reg, "K1", reg)
	default:
		f.op("VANDPS", f.v(15), reg, reg)
	}
}

// body is one vector's work, vector i of the unrolled loop.
func (f *file) body(r *routine, in map[string]string, i int, tail bool) {
	a, b := f.v(0), f.v(1)
	acc := f.v(sumReg - i)
	switch r.name {
	case "gelu":
		f.load(in["src"], 0, a, tail)
		f.normal(false)
		f.op("VMULPS", b, a, a)
		f.store(a, in["dst"], tail)
	case "geluGrad":
		f.load(in["u"], 0, a, tail)
		f.normal(true)
		f.op("VFMADD231PS", f.v(2), a, b)
		f.load(in["dy"], 0, a, tail)
		f.op("VMULPS", b, a, a)
		f.store(a, in["dst"], tail)
	case "exp":
		f.load(in["src"], 0, a, tail)
		f.exp(a, f.v(3), f.v(4), f.v(5))
		f.store(a, in["dst"], tail)
	case "maxScaled":
		f.load(in["x"], 0, a, tail)
		f.op("VMULPS", in["scale"], a, a)
		switch {
		case !tail:
			f.op("VMAXPS", acc, a, acc) // acc where a is NaN
		case f.isa == avx512:
			f.op("VMAXPS", acc, a, "K1", acc)
		default:
			f.op("VMOVUPS", f.num(math.Inf(-1)), b)
			f.op("VBLENDVPS", f.v(15), a, b, a)
			f.op("VMAXPS", acc, a, acc)
		}
	case "expShift":
		f.load(in["x"], 0, a, tail)
		f.op("VMULPS", in["scale"], a, a)
		f.op("VSUBPS", in["shift"], a, a)
		f.exp(a, f.v(3), f.v(4), f.v(5))
		f.store(a, in["dst"], tail)
		f.only(a, tail)
		f.op("VADDPS", a, acc, acc)
	case "divide":
		f.load(in["x"], 0, a, tail)
		f.op("VDIVPS", in["d"], a, a)
		f.store(a, in["dst"], tail)
	case "add", "mul":
		f.load(in["a"], 0, a, tail)
		f.load(in["b"], 0, b, tail)
		f.op(map[string]string{"add": "VADDPS", "mul": "VMULPS"}[r.name], b, a, a)
		f.store(a, in["dst"], tail)
	case "axpy":
		f.load(in["x"], 0, a, tail)
		f.load(in["dst"], 0, b, tail)
		f.op("VFMADD231PS", in["alpha"], a, b)
		f.store(b, in["dst"], tail)
	case "scale":
		f.load(in["x"], 0, a, tail)
		f.op("VMULPS", in["alpha"], a, a)
		f.store(a, in["dst"], tail)
	case "dot":
		f.load(in["a"], i, a, tail)
		f.load(in["b"], i, b, tail)
		f.op("VFMADD231PS", b, a, acc)
	case "sum":
		f.load(in["x"], i, a, tail)
		f.op("VADDPS", a, acc, acc)
	case "sumSq":
		f.load(in["x"], i, a, tail)
		f.op("VSUBPS", in["mean"], a, a)
		f.only(a, tail)
		f.op("VFMADD231PS", a, a, acc)
	case "normalise":
		f.load(in["x"], 0, a, tail)
		f.op("VSUBPS", in["mean"], a, a)
		f.op("VMULPS", in["rstd"], a, a)
		f.load(in["gamma"], 0, b, tail)
		f.load(in["beta"], 0, f.v(2), tail)
		f.op("VFMADD213PS", f.v(2), b, a)
		f.store(a, in["dst"], tail)
	default:
		fail(fmt.Errorf("no body for %s", r.name))
	}
	if f.names != nil {
		carried := []int{scalar, scalar + 1, 15}
		if r.result != "" {
			carried = append(carried, sumReg, sumReg-1, sumReg-2, sumReg-3)
		}
		f.names.home(carried...)
	}
}

// result folds the sums to one lane and returns it.
func (f *file) result(r *routine, sums int) {
	fold := "VADDPS"
	if r.name == "maxScaled" {
		fold = "VMAXPS"
	}
	if sums == 4 {
		f.op(fold, f.v(sumReg-1), f.v(sumReg), f.v(sumReg))
		f.op(fold, f.v(sumReg-3), f.v(sumReg-2), f.v(sumReg-2))
		f.op(fold, f.v(sumReg-2), f.v(sumReg), f.v(sumReg))
	}
	if f.isa == neon {
		f.foldLanes(r.name == "maxScaled", sumReg)
		f.raw("\tFMOVS F%d, %s", sumReg, r.arg("ret"))
		return
	}
	x, y := fmt.Sprintf("X%d", sumReg), fmt.Sprintf("Y%d", sumReg)
	if f.isa == avx512 {
		f.op("VEXTRACTF64X4", "$1", f.v(sumReg), "Y0")
		f.op(fold, "Y0", y, y)
	}
	f.op("VEXTRACTF128", "$1", y, "X0")
	f.op(fold, "X0", x, x)
	f.op("VPERMILPS", "$0x4e", x, "X0")
	f.op(fold, "X0", x, x)
	f.op("VPERMILPS", "$0xb1", x, "X0")
	f.op(fold, "X0", x, x)
	f.op("VMOVSS", x, r.arg("ret"))
}
