package main

import "fmt"

// amx is not an isa of its own: tiles of AMX beside the vectors of AVX-512.
var amx = &isa{name: "amx", suffix: "AMX", reg: "Z", lanes: 16}

// amxTile is a routine that multiplies blocks of rows of A with one panel of B, 32 columns.
type amxTile struct {
	name    string
	product string
	parts   int  // of which each operand is the sum
	takes   bool // takes the panel apart on the way, for one block
	ends    bool // writes rows as bfloat16Row does, with the sums of blocks of K before at R15, and fetches at R14
}

var amxTiles = []amxTile{
	{"float32FirstAMX", "TDPBF16PS", 3, true, false},
	{"float32AMX", "TDPBF16PS", 3, false, false},
	{"bfloat16AMX", "TDPBF16PS", 1, false, true},
	{"int8AMX", "TDPBUSD", 1, false, false},
}

// Tiles T0…T3 are sums: 16 rows by 16 columns each, the lower rows in T2 and T3. T4 and T5 are rows of A, T6 and T7 columns of B. A step of 64 bytes of
// K takes partBytes of each part of B, rows of it 128 bytes apart.
const (
	amxStep = 64
	// bfloat16Rows of B are in a step.
	bfloat16Rows = 32
	partBytes    = 16 * panelRow
	// amxNear steps of a panel of one part, 32 KiB, leave room in the first cache for what passes through.
	amxNear  = 16
	panelRow = 128
)

// genAMX writes the tile routines and those that take numbers apart.
func genAMX() string {
	f := newFile(amx)
	for _, t := range amxTiles {
		f.amxTile(t)
	}
	f.splitRow()
	f.roundRow()
	f.widenRow()
	f.splitPanel(3)
	f.splitPanel(1)
	f.geluRow()
	f.wordOrder()
	return f.done()
}

// A routine's registers: AX is t, SI and R8 rows 0 and 16 of a block of A, CX their stride, BX the panel, DX its stride, R10 the steps that are left, R13 where
// the block's sums go. What a block's sums become is written while the next block is multiplied: R11 is the next row of sums, DI of C, R9 of the residual, R15 of
// what 8-bit rows were scaled by, R12 the rows that are left. Where the next panel is taken apart, R14 is what is next of it, R15 the place of its parts.
func (f *file) amxTile(t amxTile) {
	f.raw("\n// func %s(t *tileAMX)", t.name)
	f.raw("TEXT ·%s(SB), NOSPLIT, $0-8", t.name)
	f.op("MOVQ", "t+0(FP)", "AX")
	f.op("MOVQ", "tileAMX_config(AX)", "R9")
	f.raw("\t%s", tileConfigure("R9"))
	f.op("MOVQ", "tile_lda(AX)", "CX")
	f.op("MOVQ", fmt.Sprintf("$%d", panelRow), "DX")
	f.op("MOVQ", "tileAMX_out(AX)", "R13")
	f.amxConstants(t)
	f.op("XORQ", "R12", "R12")
	block, narrow, sum, done := f.fresh("block"), f.fresh("narrow"), f.fresh("sum"), f.fresh("done")
	f.raw("%s:", block)
	f.op("MOVQ", "tile_a(AX)", "SI")
	f.op("ADDQ", "tileAMX_offA(AX)", "SI")
	f.op("MOVQ", "tile_b(AX)", "BX")
	f.op("MOVQ", "tile_k(AX)", "R10")
	f.op("CMPQ", "tile_rows(AX)", "$16")
	f.op("JLE", narrow)
	f.amxSteps(t, true)
	f.op("JMP", sum)
	f.raw("%s:", narrow)
	f.amxSteps(t, false)
	f.raw("%s:", sum)
	f.op("CMPQ", "tile_c(AX)", "$0")
	f.op("JEQ", done)
	f.amxStart(t)
	if !t.takes {
		f.op("DECQ", "tileAMX_blocks(AX)")
		f.op("JNZ", block)
	}
	f.amxRows(t)
	f.raw("%s:", done)
	f.raw("\t%s", tileRelease())
	f.op("VZEROUPPER")
	f.op("RET")
}

// tileLoader is tileLoad or tileStream.
type tileLoader func(base string, disp int, index string, tmm int) string

// amxSteps sums over K, in registers, and stores the sums at R13, rows 128 bytes apart. Wide blocks have more than 16 rows.
func (f *file) amxSteps(t amxTile, wide bool) {
	tiles := 2
	if wide {
		tiles = 4
	}
	for i := range tiles {
		f.raw("\t%s", tileZero(i))
	}
	if wide {
		f.op("MOVQ", "CX", "R8")
		f.op("SHLQ", "$4", "R8")
		f.op("ADDQ", "SI", "R8")
	}
	// one is a step; meanwhile is called behind each of its products.
	one := func(loadB tileLoader, meanwhile func(i, of int)) {
		var loadA tileLoader = tileLoad
		if t.parts == 1 {
			loadA = tileStream
		}
		a := func(part int) {
			f.raw("\t%s", loadA("SI", amxStep*part, "CX", 4))
			if wide {
				f.raw("\t%s", loadA("R8", amxStep*part, "CX", 5))
			}
		}
		b := func(part int) {
			f.raw("\t%s", loadB("BX", partBytes*part, "DX", 6))
			f.raw("\t%s", loadB("BX", partBytes*part+64, "DX", 7))
		}
		done := 0
		products := func() {
			for i := range tiles {
				f.raw("\t%s", tileProduct(t.product, 6+i%2, 4+i/2, i))
				meanwhile(done, t.parts*(t.parts+1)/2*tiles)
				done++
			}
		}
		b(0)
		f.amxAwake(t)
		if t.parts == 1 {
			a(0)
			products()
		} else {
			// The smallest products first, and each part loaded as seldom as the two registers allow.
			a(2)
			products()
			a(1)
			products()
			b(1)
			products()
			a(0)
			products()
			b(2)
			products()
			b(0)
			products()
		}
		f.op("ADDQ", fmt.Sprintf("$%d", amxStep*t.parts), "SI")
		if wide {
			f.op("ADDQ", fmt.Sprintf("$%d", amxStep*t.parts), "R8")
		}
	}
	next := f.fresh("step")
	if t.takes {
		f.amxTaking(t, next, func(meanwhile func(i, of int)) { one(tileLoad, meanwhile) })
	} else {
		loop := func(next string, load tileLoader) {
			f.raw("%s:", next)
			if t.ends {
				f.fetchAhead()
			}
			one(load, func(i, of int) {
				// The next step is fetched. With one part there is no time for that, nor a gain.
				for g := 96 * i / of; t.parts > 1 && g < 96*(i+1)/of; g++ {
					f.op("PREFETCHT0", fmt.Sprintf("%d(BX)", t.parts*partBytes+64*g))
				}
				if rows := t.rows(); rows*i/of < rows*(i+1)/of {
					f.amxRow(t, rows*(i+1)/of-rows*i/of)
				}
				if t.parts > 1 && amxUnits*i/of < amxUnits*(i+1)/of {
					f.amxUnit(t)
				}
			})
			f.op("ADDQ", fmt.Sprintf("$%d", partBytes*t.parts), "BX")
			f.op("DECQ", "R10")
			f.op("JNZ", next)
		}
		if t.parts == 1 {
			// The first steps of the panel stay in the first cache for the next block; the others, and A, pass it by.
			far := f.fresh("far")
			from := 0
			for _, part := range []struct {
				end  int
				load tileLoader
			}{{amxNear, tileLoad}, {1 << 30, tileStream}} {
				f.op("MOVQ", "tile_k(AX)", "R10")
				f.op("SUBQ", fmt.Sprintf("$%d", from), "R10")
				f.op("JLE", far)
				few := f.fresh("few")
				f.op("CMPQ", "R10", fmt.Sprintf("$%d", part.end-from))
				f.op("JLE", few)
				f.op("MOVQ", fmt.Sprintf("$%d", part.end-from), "R10")
				f.raw("%s:", few)
				loop(f.fresh("step"), part.load)
				from = part.end
			}
			f.raw("%s:", far)
		} else {
			loop(next, tileLoad)
		}
		f.amxRows(t) // the last block's, if there were few steps
	}
	for i := range tiles {
		f.raw("\t%s", tileStore(i, "R13", i/2*16*panelRow+i%2*64, "DX"))
	}
}

// amxAwake stores a tile where the block's sums will be, every few steps. A store that follows the last one after 600 ns or more was measured to take 250 ns
// longer, as if the way from tiles to memory had gone to sleep: a sixth of the time of a block of 384 numbers in three parts.
func (f *file) amxAwake(t amxTile) {
	skip := f.fresh("awake")
	f.op("TESTB", fmt.Sprintf("$%d", t.awake()-1), "R10")
	f.op("JNZ", skip)
	f.raw("\t%s", tileStore(6, "R13", 0, "DX"))
	f.raw("%s:", skip)
}

// awake is after how many steps, a power of two, a tile is stored: fewer than take that time, for those that wait for memory take longer.
func (t *amxTile) awake() int {
	switch {
	case t.takes:
		return 1
	case t.parts > 1:
		return 2
	}
	return 8
}

// rows is how many rows of the last block are written in a step.
func (t *amxTile) rows() int {
	if t.product == "TDPBUSD" {
		return 4
	}
	return 2
}

// amxUnits of the next panel are taken apart in a step, so that four blocks have all of it ready: 16 a step.
const amxUnits = 4

// amxUnit takes two rows of a step of the next panel apart, if any are left: R14 is the upper one, R15 the place of its parts. What comes 8 KiB later is fetched.
func (f *file) amxUnit(t amxTile) {
	none := f.fresh("unit")
	f.op("CMPQ", "tileAMX_units(AX)", "$0")
	f.op("JEQ", none)
	for h := range 2 {
		f.pair("R14", "R15", 0, h)
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
			f.pair("R9", "R11", g/2, g%2)
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

// amxConstants: K1 and K2 are the columns of the halves; K7 is all of them where there is a bias, which is in Z28 and Z29, else none. 8-bit products have the
// columns' scales in Z26 and Z27, their sums in Z24 and Z25.
func (f *file) amxConstants(t amxTile) {
	if t.parts > 1 {
		f.partConstants()
	}
	if t.parts > 1 && !t.takes {
		f.op("MOVQ", "tileAMX_panel(AX)", "R14")
		f.op("MOVQ", "tileAMX_parts(AX)", "R15")
	}
	f.op("MOVQ", "tile_mask(AX)", "R8")
	if t.ends {
		f.op("KMOVD", "R8", "K3")
	}
	f.op("KMOVW", "R8", "K1")
	f.op("SHRQ", "$16", "R8")
	f.op("KMOVW", "R8", "K2")
	f.op("KXORW", "K7", "K7", "K7")
	absent := f.fresh("absent")
	f.op("TESTB", "$const_haveBias", "tile_flags(AX)")
	f.op("JZ", absent)
	f.op("KXNORW", "K7", "K7", "K7")
	f.op("MOVQ", "tile_bias(AX)", "R8")
	f.op("VMOVUPS.Z", "(R8)", "K1", "Z28")
	f.op("VMOVUPS.Z", "64(R8)", "K2", "Z29")
	f.raw("%s:", absent)
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
			f.op("VMOVUPS", at+"(R11)", acc)
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
		add("haveRes", "(R9)", 1)
		halves(func(h int, acc, at string) {
			f.op("VADDPS", fmt.Sprintf("Z%d", 28+h), acc, "K7", acc)
			f.op("VMOVUPS", acc, fmt.Sprintf("K%d", 1+h), at+"(DI)")
		})
		f.op("ADDQ", fmt.Sprintf("$%d", panelRow), "R11")
		f.op("ADDQ", "tile_ldc(AX)", "DI")
		f.op("ADDQ", "tile_ldres(AX)", "R9")
		f.op("DECQ", "R12")
	}
	f.raw("%s:", done)
}

// partConstants: Z31 keeps the upper word of two, Z30 rounds it.
func (f *file) partConstants() {
	f.op("VPTERNLOGD", "$0xff", "Z31", "Z31", "Z31")
	f.op("VPSRLD", "$31", "Z31", "Z30")
	f.op("VPSLLD", "$15", "Z30", "Z30")
	f.op("VPSLLD", "$16", "Z31", "Z31")
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
			f.op("VPANDD", "Z31", "Z3", "Z3")
			lo, hi = "Z3", "Z4"
		}
		f.op("VPANDD", "Z31", hi, "Z4")
		f.op("VPSRLD", "$16", lo, "Z2")
		f.op("VPORD", "Z4", "Z2", "Z2")
		f.op("VMOVDQU32", "Z2", to(p))
		if p < parts-1 {
			f.op("VSUBPS", "Z3", "Z0", "Z0")
			f.op("VSUBPS", "Z4", "Z1", "Z1")
		}
	}
}

// pair takes 16 columns of two rows of a step of a panel apart, half the rows of a step from each other.
func (f *file) pair(from, to string, row, half int) {
	f.op("VMOVUPS", fmt.Sprintf("%d(%s)", row*panelRow+64*half, from), "Z0")
	f.op("VMOVUPS", fmt.Sprintf("%d(%s)", (row+bfloat16Rows/2)*panelRow+64*half, from), "Z1")
	f.takeApart(3, func(p int) string { return fmt.Sprintf("%d(%s)", partBytes*p+row*panelRow+64*half, to) })
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
	f.op("MOVQ", "$1", "DX")
	f.op("SHLQ", "CX", "DX")
	f.op("DECQ", "DX")
	f.op("KMOVD", "DX", "K3")
	f.op("KMOVW", "DX", "K1")
	f.op("SHRQ", "$16", "DX")
	f.op("KMOVW", "DX", "K2")
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
			f.pair("SI", "DI", 0, h)
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
