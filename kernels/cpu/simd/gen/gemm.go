package main

import "fmt"

var tileRoutine = &routine{
	name:   "tile",
	doc:    "multiplies t.rows rows of A with one panel of B over one block of K.",
	params: []param{{"t", "*tile"}},
}

// Registers of a tile: SI, R8, R9 point at rows 0, 5 and 10 of A, so that with CX = lda and DX = 3·lda every row is one address;
// BX walks the panel, and R14 what is fetched.
const unroll = 4 // rows of the panel in a step of the loop

// genGemm writes the tile routine: one loop for each number of rows, chosen by a jump, each with all of its sums in registers.
func genGemm(v *isa) string {
	f := newFile(v)
	f.tiles(tileRoutine, "VFMADD231PS", f.epilogue)
	return f.done()
}

// epilogue writes what follows the sums of a tile: acc are their registers, and mask and tmp are free.
type epilogue func(rows int, acc func(r, half int) string, mask, tmp [2]string)

// tiles writes a tile routine whose sums grow by the given instruction: from a word of A in every lane and a vector of B.
func (f *file) tiles(r *routine, multiplyAdd string, then epilogue) {
	f.text(r)
	f.op("MOVQ", r.arg("t"), "AX")
	for _, m := range [][2]string{{"a", "SI"}, {"lda", "CX"}, {"b", "BX"}, {"k", "R10"}, {"c", "DI"}, {"ldc", "R11"}, {"flags", "R12"}, {"rows", "R13"}, {"next", "R14"}, {"pace", "R15"}} {
		f.op("MOVQ", "tile_"+m[0]+"(AX)", m[1])
	}
	f.op("LEAQ", "(CX)(CX*2)", "DX")
	f.op("LEAQ", "(CX)(CX*4)", "R8")
	f.op("LEAQ", "(SI)(R8*2)", "R9")
	f.op("ADDQ", "SI", "R8")
	for r := 1; r < f.mr; r++ {
		f.op("CMPQ", "R13", fmt.Sprintf("$%d", r))
		f.op("JEQ", fmt.Sprintf("rows%d", r))
	}
	for r := f.mr; r >= 1; r-- {
		f.tile(r, multiplyAdd, then)
	}
}

// rowAddr is the address of column off/4 of row r of A.
func rowAddr(r, off int) string {
	base := []string{"SI", "R8", "R9"}[r/5]
	index := []string{"", "(CX*1)", "(CX*2)", "(DX*1)", "(CX*4)"}[r%5]
	if off == 0 {
		return fmt.Sprintf("(%s)%s", base, index)
	}
	return fmt.Sprintf("%d(%s)%s", off, base, index)
}

func (f *file) tile(rows int, multiplyAdd string, then epilogue) {
	regs := 2 * f.lanes // AVX2 has 16 registers of 8 lanes, AVX-512 32 of 16
	acc := func(r, half int) string { return f.v(2*r + half) }
	b0, b1 := f.v(regs-4), f.v(regs-3)
	broadcast := [2]string{f.v(regs - 2), f.v(regs - 1)}
	f.raw("rows%d:", rows)
	for r := range rows {
		for h := range 2 {
			f.op("VXORPS", acc(r, h), acc(r, h), acc(r, h))
		}
	}
	f.op("MOVQ", "DI", "R13")
	for range rows {
		f.op("PREFETCHT0", "(R13)")
		if f.bytes() == 64 {
			f.op("PREFETCHT0", "64(R13)")
		}
		f.op("ADDQ", "R11", "R13")
	}
	step := func(u int) {
		o := u * 2 * f.bytes()
		f.op("VMOVUPS", fmt.Sprintf("%d(BX)", o), b0)
		f.op("VMOVUPS", fmt.Sprintf("%d(BX)", o+f.bytes()), b1)
		for line := 0; line < 2*f.bytes() && f.isa != neon; line += 64 {
			f.op("PREFETCHT0", fmt.Sprintf("%d(R14)", o+line))
		}
		for r := range rows {
			x := broadcast[r%2]
			f.op("VBROADCASTSS", rowAddr(r, 4*u), x)
			f.op(multiplyAdd, b0, x, acc(r, 0))
			f.op(multiplyAdd, b1, x, acc(r, 1))
		}
	}
	advance := func(n int) {
		f.op("ADDQ", fmt.Sprintf("$%d", 4*n), "SI")
		if rows > 5 {
			f.op("ADDQ", fmt.Sprintf("$%d", 4*n), "R8")
		}
		if rows > 10 {
			f.op("ADDQ", fmt.Sprintf("$%d", 4*n), "R9")
		}
		f.op("ADDQ", fmt.Sprintf("$%d", n*2*f.bytes()), "BX")
		if n == unroll {
			f.op("ADDQ", "R15", "R14")
		}
	}
	f.op("SUBQ", fmt.Sprintf("$%d", unroll), "R10")
	f.op("JLT", fmt.Sprintf("rest%d", rows))
	f.raw("main%d:", rows)
	for u := range unroll {
		step(u)
	}
	advance(unroll)
	f.op("SUBQ", fmt.Sprintf("$%d", unroll), "R10")
	f.op("JGE", fmt.Sprintf("main%d", rows))
	f.raw("rest%d:", rows)
	f.op("ADDQ", fmt.Sprintf("$%d", unroll), "R10")
	f.op("JZ", fmt.Sprintf("out%d", rows))
	f.raw("single%d:", rows)
	step(0)
	advance(1)
	f.op("DECQ", "R10")
	f.op("JNZ", fmt.Sprintf("single%d", rows))
	f.raw("out%d:", rows)
	then(rows, acc, [2]string{b0, b1}, broadcast)
	f.op("VZEROUPPER")
	f.op("RET")
}

// epilogue adds C, the residual and the bias where the flags say so, and stores; lanes beyond the last column stay untouched.
func (f *file) epilogue(rows int, acc func(r, half int) string, mask, tmp [2]string) {
	if f.isa == avx512 {
		f.op("MOVQ", "tile_mask(AX)", "BX")
		f.halfMasks("BX")
		f.addRows(rows, "haveC", "tile_c", "tile_ldc", fmt.Sprintf("noC%d", rows), func(r, h int) {
			f.op("VADDPS", fmt.Sprintf("%d(DI)", h*64), acc(r, h), fmt.Sprintf("K%d", h+1), acc(r, h))
		})
		f.addRows(rows, "haveRes", "tile_res", "tile_ldres", fmt.Sprintf("noRes%d", rows), func(r, h int) {
			f.op("VADDPS", fmt.Sprintf("%d(DI)", h*64), acc(r, h), fmt.Sprintf("K%d", h+1), acc(r, h))
		})
		f.bias(rows, fmt.Sprintf("noBias%d", rows), tmp, func(h int) {
			f.op("VMOVUPS.Z", fmt.Sprintf("%d(DI)", h*64), fmt.Sprintf("K%d", h+1), tmp[h])
		}, acc)
		f.storeRows(rows, func(r, h int) {
			f.op("VMOVUPS", acc(r, h), fmt.Sprintf("K%d", h+1), fmt.Sprintf("%d(DI)", h*64))
		})
		return
	}
	ragged := fmt.Sprintf("ragged%d", rows)
	f.op("TESTQ", "$const_ragged", "R12")
	f.op("JNZ", ragged)
	plain := func(r, h int) { f.op("VADDPS", fmt.Sprintf("%d(DI)", h*32), acc(r, h), acc(r, h)) }
	f.addRows(rows, "haveC", "tile_c", "tile_ldc", fmt.Sprintf("noC%d", rows), plain)
	f.addRows(rows, "haveRes", "tile_res", "tile_ldres", fmt.Sprintf("noRes%d", rows), plain)
	f.bias(rows, fmt.Sprintf("noBias%d", rows), tmp, func(h int) { f.op("VMOVUPS", fmt.Sprintf("%d(DI)", h*32), tmp[h]) }, acc)
	f.storeRows(rows, func(r, h int) { f.op("VMOVUPS", acc(r, h), fmt.Sprintf("%d(DI)", h*32)) })
	f.op("VZEROUPPER")
	f.op("RET")
	f.raw("%s:", ragged)
	f.op("MOVQ", "tile_mask(AX)", "BX") // the number of columns
	f.op("LEAQ", "columns<>+64(SB)", "R13")
	f.op("SHLQ", "$2", "BX")
	f.op("SUBQ", "BX", "R13")
	f.op("VMOVUPS", "(R13)", mask[0])
	f.op("VMOVUPS", "32(R13)", mask[1])
	masked := func(r, h int) {
		f.op("VMASKMOVPS", fmt.Sprintf("%d(DI)", h*32), mask[h], tmp[0])
		f.op("VADDPS", tmp[0], acc(r, h), acc(r, h))
	}
	f.addRows(rows, "haveC", "tile_c", "tile_ldc", fmt.Sprintf("raggedNoC%d", rows), masked)
	f.addRows(rows, "haveRes", "tile_res", "tile_ldres", fmt.Sprintf("raggedNoRes%d", rows), masked)
	f.bias(rows, fmt.Sprintf("raggedNoBias%d", rows), tmp, func(h int) { f.op("VMASKMOVPS", fmt.Sprintf("%d(DI)", h*32), mask[h], tmp[h]) }, acc)
	f.storeRows(rows, func(r, h int) { f.op("VMASKMOVPS", acc(r, h), mask[h], fmt.Sprintf("%d(DI)", h*32)) })
}

// addRows adds a matrix to the sums, unless the flag is off.
func (f *file) addRows(rows int, flag, base, stride, skip string, add func(r, half int)) {
	f.op("TESTQ", "$const_"+flag, "R12")
	f.op("JZ", skip)
	f.op("MOVQ", base+"(AX)", "DI")
	f.op("MOVQ", stride+"(AX)", "R11")
	for r := range rows {
		add(r, 0)
		add(r, 1)
		if r < rows-1 {
			f.op("ADDQ", "R11", "DI")
		}
	}
	f.raw("%s:", skip)
}

func (f *file) bias(rows int, skip string, tmp [2]string, load func(half int), acc func(r, half int) string) {
	f.op("TESTQ", "$const_haveBias", "R12")
	f.op("JZ", skip)
	f.op("MOVQ", "tile_bias(AX)", "DI")
	load(0)
	load(1)
	for r := range rows {
		f.op("VADDPS", tmp[0], acc(r, 0), acc(r, 0))
		f.op("VADDPS", tmp[1], acc(r, 1), acc(r, 1))
	}
	f.raw("%s:", skip)
}

func (f *file) storeRows(rows int, store func(r, half int)) {
	f.op("MOVQ", "tile_c(AX)", "DI")
	f.op("MOVQ", "tile_ldc(AX)", "R11")
	for r := range rows {
		store(r, 0)
		store(r, 1)
		if r < rows-1 {
			f.op("ADDQ", "R11", "DI")
		}
	}
}
