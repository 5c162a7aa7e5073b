package main

import (
	"fmt"
	"math"
)

// What becomes of a row of sums of a product of bfloat16: K-blocks before this one, a residual, bias and GELU join it, and it is rounded, all while the tiles of the
// next block multiply.

// fetchAhead fetches a part of what the panel after this one needs into the second cache, in as many steps as tileAMX.fetch says.
func (f *file) fetchAhead() {
	skip := f.fresh("fetched")
	f.op("SUBQ", "$1", "tileAMX_fetch(AX)")
	f.op("JLT", skip)
	for i := range 4 {
		f.op("PREFETCHT1", fmt.Sprintf("%d(R14)", 64*i))
	}
	f.op("ADDQ", "$256", "R14")
	f.raw("%s:", skip)
}

// bfloat16Row writes a row: R11 are its sums, R15 those of the blocks of K before, R9 the residual, DI where it goes.
func (f *file) bfloat16Row() {
	when := func(flag string, then func()) {
		absent := f.fresh("absent")
		f.op("TESTB", "$const_"+flag, "tile_flags(AX)")
		f.op("JZ", absent)
		then()
		f.raw("%s:", absent)
	}
	halves := func(op func(h int, acc string)) {
		for h := range 2 {
			op(h, fmt.Sprintf("Z%d", 8+h))
		}
	}
	halves(func(h int, acc string) { f.op("VMOVUPS", fmt.Sprintf("%d(R11)", 64*h), acc) })
	when("haveC", func() {
		halves(func(h int, acc string) { f.op("VADDPS", fmt.Sprintf("%d(R15)", 64*h), acc, acc) })
	})
	when("haveRes", func() {
		halves(func(h int, acc string) {
			f.op("VADDPS", fmt.Sprintf("%d(R9)", 64*h), acc, fmt.Sprintf("K%d", 1+h), acc)
		})
	})
	when("haveHalfRes", func() {
		halves(func(h int, acc string) {
			f.op("VPMOVZXWD.Z", fmt.Sprintf("%d(R9)", 32*h), fmt.Sprintf("K%d", 1+h), "Z0")
			f.op("VPSLLD", "$16", "Z0", "Z0")
			f.op("VADDPS", "Z0", acc, acc)
		})
	})
	halves(func(h int, acc string) { f.op("VADDPS", fmt.Sprintf("Z%d", 28+h), acc, "K7", acc) })
	when("haveGELU", func() {
		halves(func(_ int, acc string) { f.geluHalf(acc) })
	})
	whole, written := f.fresh("whole"), f.fresh("out")
	f.op("TESTB", "$const_toHalf", "tile_flags(AX)")
	f.op("JZ", whole)
	f.raw("\t%s", toBFloat16(9, 8, 0))
	f.op("VMOVDQU16", "Z0", "K3", "(DI)")
	f.op("JMP", written)
	f.raw("%s:", whole)
	halves(func(h int, acc string) {
		f.op("VMOVUPS", acc, fmt.Sprintf("K%d", 1+h), fmt.Sprintf("%d(DI)", 64*h))
	})
	f.raw("%s:", written)
	f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "R11")
	f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "R15")
	f.op("ADDQ", "tile_ldc(AX)", "DI")
	f.op("ADDQ", "tile_ldres(AX)", "R9")
	f.op("DECQ", "R12")
}

// GELU to a bfloat16's precision, within 2⁻¹² of its result: x·Φ(x) = max(x, 0) - u·Q(u) with u = |x|, Q(u) = 2ʰ·t·S(t), h = -u²/2·log₂e and t = 1/(1 + halfShift·u). From
// halfMax on, Q is as good as 0.
const (
	halfMax   = 8
	halfShift = 0.36
)

var (
	halfExp  = fit(math.Exp2, 0, 1, 0, 3)
	halfTail = fit(func(t float64) float64 {
		u := (1/t - 1) / halfShift
		return 0.5 * math.Erfc(u/math.Sqrt2) * math.Exp(u*u/2) / t
	}, 1/(1+halfShift*halfMax), 1, 0, 4)
)

// geluConstants fills Z13…Z27: zero, what geluHalf multiplies with and adds.
func (f *file) geluConstants() {
	f.op("VPXORD", "Z13", "Z13", "Z13")
	f.op("VMOVUPS", f.bits(0x7fffffff), "Z14")
	f.op("VMOVUPS", f.num(halfMax), "Z15")
	f.op("VMOVUPS", f.num(-0.5*math.Log2E), "Z16")
	f.op("VMOVUPS", f.num(1), "Z17")
	f.op("VMOVUPS", f.num(halfShift), "Z18")
	for i, c := range halfExp {
		f.op("VMOVUPS", f.num(c), fmt.Sprintf("Z%d", 19+i))
	}
	for i, c := range halfTail {
		f.op("VMOVUPS", f.num(c), fmt.Sprintf("Z%d", 23+i))
	}
}

// geluHalf is x = GELU(x); it uses Z0…Z5. NaN stays.
func (f *file) geluHalf(x string) {
	f.op("VPANDD", "Z14", x, "Z0")
	f.op("VMINPS", "Z15", "Z0", "Z0") // u
	f.op("VMULPS", "Z0", "Z0", "Z1")
	f.op("VMULPS", "Z16", "Z1", "Z1")      // h
	f.op("VREDUCEPS", "$1", "Z1", "Z2")    // h - ⌊h⌋
	f.op("VMOVAPS", "Z17", "Z3")           // 1
	f.op("VFMADD231PS", "Z18", "Z0", "Z3") // 1 + shift·u
	f.op("VRCP14PS", "Z3", "Z3")           // t
	f.op("VMULPS", "Z3", "Z0", "Z0")       // u·t
	f.op("VMOVAPS", "Z22", "Z4")
	for i := 21; i >= 19; i-- {
		f.op("VFMADD213PS", fmt.Sprintf("Z%d", i), "Z2", "Z4")
	}
	f.op("VSCALEFPS", "Z1", "Z4", "Z4") // 2ʰ
	f.op("VMOVAPS", "Z27", "Z5")
	for i := 26; i >= 23; i-- {
		f.op("VFMADD213PS", fmt.Sprintf("Z%d", i), "Z3", "Z5")
	}
	f.op("VMULPS", "Z4", "Z0", "Z0")
	f.op("VMAXPS", x, "Z13", x) // x where it is NaN
	f.op("VFNMADD231PS", "Z5", "Z0", x)
}

// geluRow is GELU of the tiles' products for rows that are not theirs.
func (f *file) geluRow() {
	f.raw("\n// func geluHalfAMX(dst, x *float32, n int)")
	f.raw("TEXT ·geluHalfAMX(SB), NOSPLIT, $0-24")
	f.geluConstants()
	f.op("KXNORD", "K3", "K3", "K3")
	f.op("KXNORW", "K1", "K1", "K1")
	f.op("KXNORW", "K2", "K2", "K2")
	f.row("dst+0(FP)", "x+8(FP)", "n+16(FP)", 128, func() {
		for h := range 2 {
			f.op("VMOVAPS", fmt.Sprintf("Z%d", h), fmt.Sprintf("Z%d", 8+h))
		}
		for h := range 2 {
			f.geluHalf(fmt.Sprintf("Z%d", 8+h))
			f.op("VMOVUPS", fmt.Sprintf("Z%d", 8+h), fmt.Sprintf("K%d", 1+h), fmt.Sprintf("%d(DI)", 64*h))
		}
	})
	f.op("VZEROUPPER")
	f.op("RET")
}

// roundRow rounds a row to bfloat16.
func (f *file) roundRow() {
	f.raw("\n// func roundRowAMX(dst *uint16, x *float32, n int)")
	f.raw("TEXT ·roundRowAMX(SB), NOSPLIT, $0-24")
	f.op("KXNORD", "K3", "K3", "K3")
	f.row("dst+0(FP)", "x+8(FP)", "n+16(FP)", amxStep, func() {
		f.raw("\t%s", toBFloat16(1, 0, 2))
		f.op("VMOVDQU16", "Z2", "K3", "(DI)")
	})
	f.op("VZEROUPPER")
	f.op("RET")
}

// widenRow is a row of bfloat16 as float32.
func (f *file) widenRow() {
	f.raw("\n// func widenRowAMX(dst *float32, x *uint16, n int)")
	f.raw("TEXT ·widenRowAMX(SB), NOSPLIT, $0-24")
	f.op("MOVQ", "dst+0(FP)", "DI")
	f.op("MOVQ", "x+8(FP)", "SI")
	f.op("MOVQ", "n+16(FP)", "CX")
	f.op("KXNORW", "K1", "K1", "K1")
	next, take := f.fresh("loop"), f.fresh("take")
	f.raw("%s:", next)
	f.op("CMPQ", "CX", "$16")
	f.op("JGE", take)
	f.lowBits("DX")
	f.op("KMOVW", "DX", "K1")
	f.raw("%s:", take)
	f.op("VPMOVZXWD.Z", "(SI)", "K1", "Z0")
	f.op("VPSLLD", "$16", "Z0", "Z0")
	f.op("VMOVUPS", "Z0", "K1", "(DI)")
	f.op("ADDQ", "$32", "SI")
	f.op("ADDQ", "$64", "DI")
	f.op("SUBQ", "$16", "CX")
	f.op("JGT", next)
	f.op("VZEROUPPER")
	f.op("RET")
}

// wordOrder puts word i of the lower half beside word i of the upper one.
func (f *file) wordOrder() {
	for i := range 8 {
		var x uint64
		for j := range 4 {
			w := uint64(4*i + j)
			x |= (w/2 + w%2*16) << (16 * j)
		}
		f.raw("DATA wordOrder<>+%d(SB)/8, $%#016x", 8*i, x)
	}
	f.raw("GLOBL wordOrder<>(SB), RODATA|NOPTR, $64")
}
