package main

import "fmt"

// amxConstants: K1 and K2 are the columns of the halves; K7 is all of them where there is a bias, which is in Z28 and Z29, else none. 8-bit products have the
// columns' scales in Z26 and Z27, their sums in Z24 and Z25.
func (f *file) amxConstants(t amxTile) {
	if t.splits() {
		f.partConstants()
	}
	if t.splits() && !t.takes {
		f.op("MOVQ", "tileAMX_panel(AX)", "R14")
		f.op("MOVQ", "tileAMX_parts(AX)", "R15")
	}
	f.op("MOVQ", "tile_mask(AX)", "R8")
	if t.ends {
		f.op("KMOVD", "R8", "K3")
	}
	f.amxColumns("R8", "tile_bias(AX)")
	if t.ends {
		f.op("MOVQ", "tileAMX_later(AX)", "R14")
		f.geluConstants()
	}
	if t.product == "TDPBUSD" {
		f.op("MOVQ", "tileAMX_scales(AX)", "R8")
		f.op("VMOVUPS", "(R8)", "Z26")
		f.op("VMOVUPS", "64(R8)", "Z27")
		f.op("MOVQ", "tileAMX_sums(AX)", "R8")
		f.op("VMOVDQU32", "(R8)", "Z24")
		f.op("VMOVDQU32", "64(R8)", "Z25")
	}
}

// amxColumns makes mask, a register, K1 and K2, and K7 and the bias as tile_flags says.
func (f *file) amxColumns(mask, bias string) {
	f.halfMasks(mask)
	f.op("KXORW", "K7", "K7", "K7")
	absent := f.fresh("absent")
	f.op("TESTB", "$const_haveBias", "tile_flags(AX)")
	f.op("JZ", absent)
	f.op("KXNORW", "K7", "K7", "K7")
	f.op("MOVQ", bias, "R8")
	f.op("VMOVUPS.Z", "(R8)", "K1", "Z28")
	f.op("VMOVUPS.Z", "64(R8)", "K2", "Z29")
	f.raw("%s:", absent)
}

// amxStart makes the block whose sums are at R13 the one whose rows are written, and goes to the next block. Offsets are numbers: a pointer in t that left its
// array would not please the garbage collector.
func (f *file) amxStart(t amxTile) {
	f.op("MOVQ", "R13", "R11")
	f.op("XORQ", "tileAMX_flip(AX)", "R13")
	f.op("MOVQ", "tile_c(AX)", "DI")
	f.op("ADDQ", "tileAMX_offC(AX)", "DI")
	f.op("MOVQ", "tile_res(AX)", "R9")
	f.op("ADDQ", "tileAMX_offRes(AX)", "R9")
	f.op("MOVQ", "tile_rows(AX)", "R12")
	offsets := [][2]string{{"A", "lda"}, {"C", "ldc"}, {"Res", "ldres"}}
	for _, m := range offsets {
		f.op("MOVQ", "tile_"+m[1]+"(AX)", "R8")
		f.op("IMULQ", "R12", "R8")
		f.op("ADDQ", "R8", "tileAMX_off"+m[0]+"(AX)")
	}
	if t.ends {
		f.op("MOVQ", "tileAMX_carry(AX)", "R15")
		f.op("ADDQ", "tileAMX_offRow(AX)", "R15")
		f.op("MOVQ", "R12", "R8")
		f.op("SHLQ", "$7", "R8")
		f.op("ADDQ", "R8", "tileAMX_offRow(AX)")
	}
	if t.product == "TDPBUSD" {
		f.op("MOVQ", "tileAMX_row(AX)", "R15")
		f.op("ADDQ", "tileAMX_offRow(AX)", "R15")
		f.op("LEAQ", "(R12*8)", "R8")
		f.op("ADDQ", "R8", "tileAMX_offRow(AX)")
	}
}

// amxRows writes the rows that are left.
func (f *file) amxRows(t amxTile) {
	next, done := f.fresh("row"), f.fresh("rows")
	f.raw("%s:", next)
	f.op("TESTQ", "R12", "R12")
	f.op("JZ", done)
	f.amxRow(t, 1)
	f.op("JMP", next)
	f.raw("%s:", done)
}

// amxRow writes up to n rows. What is not added is not read either: a row of C that nobody needs may be far away.
func (f *file) amxRow(t amxTile, n int) {
	sums, res := t.rowRegisters()
	done := f.fresh("written")
	halves := func(op func(h int, acc, at string)) {
		for h := range 2 {
			op(h, fmt.Sprintf("Z%d", 8+h), fmt.Sprintf("%d", 64*h))
		}
	}
	add := func(flag, from string, mask int) {
		absent := f.fresh("absent")
		f.op("TESTB", "$const_"+flag, "tile_flags(AX)")
		f.op("JZ", absent)
		halves(func(h int, acc, at string) { f.op("VADDPS", at+from, acc, fmt.Sprintf("K%d", mask+h), acc) })
		f.raw("%s:", absent)
	}
	for range n {
		f.op("TESTQ", "R12", "R12")
		f.op("JZ", done)
		if t.ends {
			f.bfloat16Row()
			continue
		}
		halves(func(h int, acc, at string) {
			f.op("VMOVUPS", at+"("+sums+")", acc)
			if t.product == "TDPBUSD" {
				f.op("VPMULLD.BCST", "Int8Row_Zero(R15)", fmt.Sprintf("Z%d", 24+h), "Z10")
				f.op("VPSUBD", "Z10", acc, acc)
				f.op("VCVTDQ2PS", acc, acc)
				f.op("VMULPS", fmt.Sprintf("Z%d", 26+h), acc, acc)
				f.op("VMULPS.BCST", "Int8Row_Scale(R15)", acc, acc)
			}
		})
		if t.product == "TDPBUSD" {
			f.op("ADDQ", "$8", "R15")
		} else {
			add("haveC", "(DI)", 1)
		}
		add("haveRes", "("+res+")", 1)
		halves(func(h int, acc, at string) {
			f.op("VADDPS", fmt.Sprintf("Z%d", 28+h), acc, "K7", acc)
			f.op("VMOVUPS", acc, fmt.Sprintf("K%d", 1+h), at+"(DI)")
		})
		f.op("ADDQ", fmt.Sprintf("$%d", panelRow), sums)
		f.op("ADDQ", "tile_ldc(AX)", "DI")
		f.op("ADDQ", "tile_ldres(AX)", res)
		f.op("DECQ", "R12")
	}
	f.raw("%s:", done)
}
