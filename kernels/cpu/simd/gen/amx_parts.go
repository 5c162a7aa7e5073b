package main

import "fmt"

// amxUnits of the next panel are taken apart in a step, so that four blocks have all of it ready: 16 a step.
const amxUnits = 4

// amxUnit takes two rows of a step of the next panel apart, if any are left: R14 is the upper one, R15 the place of its parts. What comes 8 KiB later is fetched.
func (f *file) amxUnit(t amxTile) {
	none := f.fresh("unit")
	f.op("CMPQ", "tileAMX_units(AX)", "$0")
	f.op("JEQ", none)
	for h := range 2 {
		f.pair(3, "R14", "R15", 0, h)
		for _, row := range []int{0, bfloat16Rows / 2} {
			f.op("PREFETCHT1", fmt.Sprintf("%d(R14)", 8192+row*panelRow+64*h))
		}
	}
	f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "R14")
	f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "R15")
	f.op("DECQ", "tileAMX_units(AX)")
	f.op("TESTB", fmt.Sprintf("$%d", bfloat16Rows/2-1), "tileAMX_units(AX)")
	f.op("JNZ", none)
	f.op("ADDQ", fmt.Sprintf("$%d", bfloat16Rows/2*panelRow), "R14")
	f.op("ADDQ", fmt.Sprintf("$%d", partBytes*(t.parts-1)), "R15")
	f.raw("%s:", none)
}

// amxTaking is the steps of a routine that takes the panel apart: the next step while this one is multiplied. R9 is that step, R11 the place of its parts.
func (f *file) amxTaking(t amxTile, next string, one func(meanwhile func(i, of int))) {
	f.op("MOVQ", "tileAMX_panel(AX)", "R9")
	f.op("MOVQ", "tileAMX_parts(AX)", "R11")
	last, more := f.fresh("last"), f.fresh("more")
	f.raw("%s:", next)
	f.op("CMPQ", "R10", "$2")
	f.op("JLT", last)
	f.op("JNE", more)
	f.op("MOVQ", "tileAMX_tail(AX)", "R9")
	f.raw("%s:", more)
	one(func(i, of int) {
		for g := 32 * i / of; g < 32*(i+1)/of; g++ {
			f.pair(3, "R9", "R11", g/2, g%2)
			for h := range 2 {
				f.op("PREFETCHT1", fmt.Sprintf("%d(R9)", 8*bfloat16Rows*panelRow+128*g+64*h))
			}
		}
	})
	f.op("ADDQ", fmt.Sprintf("$%d", bfloat16Rows*panelRow), "R9")
	// One block needs the parts of this step and of the next one, many need all.
	f.op("MOVQ", "BX", "R12")
	f.op("MOVQ", "R11", "BX")
	f.op("ADDQ", fmt.Sprintf("$%d", partBytes*t.parts), "R11")
	f.op("CMPQ", "tileAMX_blocks(AX)", "$1")
	f.op("CMOVQEQ", "R12", "R11")
	f.op("DECQ", "R10")
	f.op("JMP", next)
	f.raw("%s:", last)
	one(func(i, of int) {})
}

// partConstants: Z31 and K4 keep the upper word of two, Z30 rounds it.
func (f *file) partConstants() {
	f.op("VPTERNLOGD", "$0xff", "Z31", "Z31", "Z31")
	f.op("VPSRLD", "$31", "Z31", "Z30")
	f.op("VPSLLD", "$15", "Z30", "Z30")
	f.op("VPSLLD", "$16", "Z31", "Z31")
	f.op("MOVL", "$0xaaaaaaaa", "R8")
	f.op("KMOVD", "R8", "K4")
}

// magnitudes keeps in Z5 the largest magnitude of Z0 and Z1, shifted left by one bit.
func (f *file) magnitudes() {
	for _, x := range []string{"Z0", "Z1"} {
		f.op("VPADDD", x, x, "Z6")
		f.op("VPMAXUD", "Z6", "Z5", "Z5")
	}
}

// takeApart writes the parts of the numbers in Z0 and Z1, side by side as the lower and the upper words of to, part by part. A part but the last is its number
// rounded; the last one is cut off, where nothing is left unless the number is all but subnormal.
func (f *file) takeApart(parts int, to func(part int) string) {
	for p := range parts {
		lo, hi := "Z0", "Z1"
		if p < parts-1 {
			f.op("VPADDD", "Z30", "Z0", "Z3")
			f.op("VPADDD", "Z30", "Z1", "Z4")
			lo, hi = "Z3", "Z4"
		}
		f.op("VPSRLD", "$16", lo, "Z2")
		f.op("VMOVDQU16", hi, "K4", "Z2")
		f.op("VMOVDQU32", "Z2", to(p))
		if p < parts-1 {
			f.op("VPANDD", "Z31", "Z3", "Z3")
			f.op("VPANDD", "Z31", "Z4", "Z4")
			f.op("VSUBPS", "Z3", "Z0", "Z0")
			f.op("VSUBPS", "Z4", "Z1", "Z1")
		}
	}
}

// pair takes 16 columns of two rows of a step of a panel apart, half the rows of a step from each other. Two parts may lie where these rows do.
func (f *file) pair(parts int, from, to string, row, half int) {
	f.op("VMOVUPS", fmt.Sprintf("%d(%s)", row*panelRow+64*half, from), "Z0")
	f.op("VMOVUPS", fmt.Sprintf("%d(%s)", (row+bfloat16Rows/2)*panelRow+64*half, from), "Z1")
	f.takeApart(parts, func(p int) string { return fmt.Sprintf("%d(%s)", partBytes*p+row*panelRow+64*half, to) })
}

// peak returns Z5's largest word in AX, as the bits of a float32.
func (f *file) peak(place string) {
	f.op("VEXTRACTI64X4", "$1", "Z5", "Y6")
	f.op("VPMAXUD", "Y6", "Y5", "Y5")
	f.op("VEXTRACTI128", "$1", "Y5", "X6")
	f.op("VPMAXUD", "X6", "X5", "X5")
	f.op("VPSHUFD", "$0x4e", "X5", "X6")
	f.op("VPMAXUD", "X6", "X5", "X5")
	f.op("VPSHUFD", "$0xb1", "X5", "X6")
	f.op("VPMAXUD", "X6", "X5", "X5")
	f.op("VMOVD", "X5", "AX")
	f.op("SHRL", "$1", "AX")
	f.op("MOVL", "AX", place)
	f.op("VZEROUPPER")
	f.op("RET")
}

// splitRow takes a row apart: steps of 32 numbers, part behind part, the two halves of a step side by side; the last step is filled with zeros.
func (f *file) splitRow() {
	f.raw("\n// func splitRow3AMX(dst *uint16, x *float32, n int) (peak uint32)")
	f.raw("TEXT ·splitRow3AMX(SB), NOSPLIT, $0-28")
	f.op("VPXORD", "Z5", "Z5", "Z5")
	f.partConstants()
	f.row("dst+0(FP)", "x+8(FP)", "n+16(FP)", 3*amxStep, func() {
		f.magnitudes()
		f.takeApart(3, func(p int) string { return fmt.Sprintf("%d(DI)", amxStep*p) })
	})
	f.peak("peak+24(FP)")
}

// row calls body for 32 numbers of a row at a time, in Z0 and Z1, with zeros behind its end; DI is where they go.
func (f *file) row(dst, x, n string, bytes int, body func()) {
	f.op("MOVQ", dst, "DI")
	f.op("MOVQ", x, "SI")
	f.op("MOVQ", n, "CX")
	next, tail, take, done := f.fresh("loop"), f.fresh("tail"), f.fresh("take"), f.fresh("done")
	f.raw("%s:", next)
	f.op("CMPQ", "CX", "$32")
	f.op("JLT", tail)
	f.op("VMOVUPS", "(SI)", "Z0")
	f.op("VMOVUPS", "64(SI)", "Z1")
	f.raw("%s:", take)
	body()
	f.op("ADDQ", "$128", "SI")
	f.op("ADDQ", fmt.Sprintf("$%d", bytes), "DI")
	f.op("SUBQ", "$32", "CX")
	f.op("JGT", next)
	f.op("JMP", done)
	f.raw("%s:", tail)
	f.lowBits("DX")
	f.op("KMOVD", "DX", "K3")
	f.halfMasks("DX")
	f.op("VMOVUPS.Z", "(SI)", "K1", "Z0")
	f.op("VMOVUPS.Z", "64(SI)", "K2", "Z1")
	f.op("JMP", take)
	f.raw("%s:", done)
}

// splitPanel takes steps of a panel [32·steps, 32] apart: per part 16 rows, each with two rows of the step side by side, column by column. Of one part these are
// neighbours, so that a row of A is in its own order.
func (f *file) splitPanel(parts int) {
	f.raw("\n// func splitPanel%dAMX(dst *uint16, x *float32, steps int)", parts)
	f.raw("TEXT ·splitPanel%dAMX(SB), NOSPLIT, $0-24", parts)
	f.op("MOVQ", "dst+0(FP)", "DI")
	f.op("MOVQ", "x+8(FP)", "SI")
	f.op("MOVQ", "steps+16(FP)", "CX")
	if parts > 1 {
		f.partConstants()
	} else {
		f.op("VMOVDQU32", "wordOrder<>(SB)", "Z12")
	}
	step, row := f.fresh("step"), f.fresh("row")
	f.raw("%s:", step)
	f.op("MOVQ", "$16", "DX")
	f.raw("%s:", row)
	for h := range 2 {
		if parts > 1 {
			f.pair(parts, "SI", "DI", 0, h)
			continue
		}
		f.op("VMOVUPS", fmt.Sprintf("%d(SI)", 64*h), "Z0")
		f.op("VMOVUPS", fmt.Sprintf("%d(SI)", panelRow+64*h), "Z1")
		f.raw("\t%s", toBFloat16(1, 0, 2))
		f.op("VPERMW", "Z2", "Z12", "Z2")
		f.op("VMOVDQU32", "Z2", fmt.Sprintf("%d(DI)", 64*h))
	}
	if parts == 1 {
		f.op("ADDQ", fmt.Sprintf("$%d", 2*panelRow), "SI")
	} else {
		f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "SI")
	}
	f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "DI")
	f.op("DECQ", "DX")
	f.op("JNZ", row)
	if parts > 1 {
		f.op("ADDQ", fmt.Sprintf("$%d", bfloat16Rows/2*panelRow), "SI")
		f.op("ADDQ", fmt.Sprintf("$%d", partBytes*(parts-1)), "DI")
	}
	f.op("DECQ", "CX")
	f.op("JNZ", step)
	f.op("VZEROUPPER")
	f.op("RET")
}
