package main

import (
	"fmt"
	"math"
)

// Attention's operands in bfloat16.

// softmaxRow is softmax of a row, rounded: the largest number, then exponentials and their sum, then the quotients. R8 goes through the row, 32 numbers a
// time, which K1 and K2 have two halves of.
func (f *file) softmaxRow() {
	f.raw("\n// func softmaxHalfAMX(dst *uint16, x *float32, n int, scale float32)")
	f.raw("TEXT ·softmaxHalfAMX(SB), NOSPLIT, $0-28")
	f.op("MOVQ", "dst+0(FP)", "DI")
	f.op("VMOVUPS", f.num(math.Inf(-1)), "Z31")
	f.op("VMOVUPS", f.num(math.Log2E), "Z29")
	f.op("VBROADCASTSS", "scale+24(FP)", "Z0")
	f.op("VMULPS", "Z0", "Z29", "Z29")
	for i, c := range halfExp {
		f.op("VMOVUPS", f.num(c), fmt.Sprintf("Z%d", 20+i))
	}
	sums := []string{"Z8", "Z9"}
	for _, z := range sums {
		f.op("VMOVAPS", "Z31", z)
	}
	f.halvesOf("x+8(FP)", "n+16(FP)", func(x, mask, at string, h int) {
		f.op("VMOVAPS", "Z31", x)
		f.op("VMOVUPS", at, mask, x)
		f.op("VMAXPS", x, sums[h], sums[h])
	}, nil)
	f.across("VMAXPS", "Z30")
	for _, z := range sums {
		f.op("VPXORD", z, z, z)
	}
	f.halvesOf("x+8(FP)", "n+16(FP)", func(x, mask, at string, h int) {
		part, power := fmt.Sprintf("Z%d", 2+h), fmt.Sprintf("Z%d", 4+h)
		f.op("VMOVUPS.Z", at, mask, x)
		f.op("VSUBPS", "Z30", x, x) // first, so that the largest number has 0 whatever its size
		f.op("VMULPS", "Z29", x, x)
		f.op("VREDUCEPS", "$1", x, part) // x - ⌊x⌋
		f.op("VMOVAPS", fmt.Sprintf("Z%d", 19+len(halfExp)), power)
		for i := len(halfExp) - 2; i >= 0; i-- {
			f.op("VFMADD213PS", fmt.Sprintf("Z%d", 20+i), part, power)
		}
		f.op("VSCALEFPS", x, power, power)
		f.op("VADDPS", power, sums[h], mask, sums[h])
		f.op("VMOVUPS", power, mask, at)
	}, nil)
	f.across("VADDPS", "Z28")
	f.op("VMOVUPS", f.num(1), "Z0")
	f.op("VDIVPS", "Z28", "Z0", "Z28")
	f.halvesOf("x+8(FP)", "n+16(FP)", func(x, mask, at string, h int) {
		f.op("VMULPS.Z", at, "Z28", mask, x)
	}, func() {
		f.raw("\t%s", toBFloat16(1, 0, 2))
		f.op("VMOVDQU32", "Z2", "(DI)")
		f.op("ADDQ", "$64", "DI")
	})
	f.op("VZEROUPPER")
	f.op("RET")
}

// halvesOf calls half for both halves of 32 numbers, Z0 and Z1, under their masks, and then both.
func (f *file) halvesOf(x, n string, half func(x, mask, at string, h int), both func()) {
	f.op("MOVQ", x, "R8")
	f.op("MOVQ", n, "CX")
	f.op("KXNORW", "K1", "K1", "K1")
	f.op("KXNORW", "K2", "K2", "K2")
	next, take := f.fresh("loop"), f.fresh("take")
	f.raw("%s:", next)
	f.op("CMPQ", "CX", "$32")
	f.op("JGE", take)
	f.columnMasks()
	f.raw("%s:", take)
	for h := range 2 {
		half(fmt.Sprintf("Z%d", h), fmt.Sprintf("K%d", 1+h), fmt.Sprintf("%d(R8)", 64*h), h)
	}
	if both != nil {
		both()
	}
	f.op("ADDQ", "$128", "R8")
	f.op("SUBQ", "$32", "CX")
	f.op("JGT", next)
}

// columnMasks are those of the first CX of 32 columns: K1 and K2.
func (f *file) columnMasks() {
	f.lowBits("DX")
	f.halfMasks("DX")
}

// across joins all lanes of Z8 and Z9 by op, into every lane of to.
func (f *file) across(op, to string) {
	f.op(op, "Z9", "Z8", "Z8")
	f.op("VEXTRACTF64X4", "$1", "Z8", "Y0")
	f.op(op, "Y0", "Y8", "Y8")
	f.op("VEXTRACTF128", "$1", "Y8", "X0")
	f.op(op, "X0", "X8", "X8")
	for _, order := range []string{"$0x4e", "$0xb1"} {
		f.op("VPSHUFD", order, "X8", "X0")
		f.op(op, "X0", "X8", "X8")
	}
	f.op("VBROADCASTSS", "X8", to)
}

// pairRows puts the columns of two rows side by side, pair of rows by pair.
func (f *file) pairRows() {
	f.raw("\n// func pairRowsAMX(dst, x *uint16, ld, pairs, n int)")
	f.raw("TEXT ·pairRowsAMX(SB), NOSPLIT, $0-40")
	f.op("MOVQ", "dst+0(FP)", "DI")
	f.op("MOVQ", "x+8(FP)", "SI")
	f.op("MOVQ", "ld+16(FP)", "R8")
	f.op("MOVQ", "n+32(FP)", "CX")
	f.columnMasks()
	f.op("MOVQ", "pairs+24(FP)", "CX")
	f.op("SHLQ", "$1", "R8")
	next := f.fresh("pair")
	f.raw("%s:", next)
	for row, at := range []string{"(SI)", "(SI)(R8*1)"} {
		for h := range 2 {
			f.op("VPMOVZXWD.Z", fmt.Sprintf("%d%s", 32*h, at), fmt.Sprintf("K%d", 1+h), fmt.Sprintf("Z%d", 2*row+h))
		}
	}
	for h := range 2 {
		f.op("VPSLLD", "$16", fmt.Sprintf("Z%d", 2+h), fmt.Sprintf("Z%d", 2+h))
		f.op("VPORD", fmt.Sprintf("Z%d", 2+h), fmt.Sprintf("Z%d", h), fmt.Sprintf("Z%d", h))
		f.op("VMOVDQU32", fmt.Sprintf("Z%d", h), fmt.Sprintf("%d(DI)", 64*h))
	}
	f.op("LEAQ", "(SI)(R8*2)", "SI")
	f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "DI")
	f.op("DECQ", "CX")
	f.op("JNZ", next)
	f.op("VZEROUPPER")
	f.op("RET")
}
