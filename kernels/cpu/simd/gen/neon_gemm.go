package main

import "fmt"

// A tile of NEON is 7 rows by 3 vectors: 21 sums, 7 registers for four columns of A each, 3 for a row of the panel, 31 of the 32. A is read as
// it stands, since a multiply-add takes its factor from any lane.

// genGemmNEON writes the tile routine: one loop for each number of rows, chosen by a jump.
func genGemmNEON() string {
	f := newFile(neon)
	f.text(tileRoutine)
	f.raw("\tMOVD %s, R0", tileRoutine.arg("t"))
	for _, m := range [][2]string{{"b", "R1"}, {"k", "R2"}, {"a", "R3"}, {"lda", "R10"}, {"rows", "R11"}, {"flags", "R12"}} {
		f.raw("\tMOVD tile_%s(R0), %s", m[0], m[1])
	}
	for r := 1; r < f.mr; r++ {
		f.raw("\tADD R10, %s, %s", rowNEON(r-1), rowNEON(r))
	}
	for r := 1; r < f.mr; r++ {
		f.raw("\tCMP $%d, R11", r)
		f.raw("\tBEQ rows%d", r)
	}
	for r := f.mr; r >= 1; r-- {
		f.tileNEON(r)
	}
	return f.done()
}

// rowNEON points at row r of A.
func rowNEON(r int) string { return fmt.Sprintf("R%d", 3+r) }

func (f *file) tileNEON(rows int) {
	vectorsWide := f.nr / f.lanes
	acc := func(r, v int) int { return vectorsWide*r + v }
	a := func(r int) int { return vectorsWide*f.mr + r }
	b := func(v int) int { return vectorsWide*f.mr + f.mr + v }
	panelRow := fmt.Sprintf("[V%d.S4, V%d.S4, V%d.S4]", b(0), b(1), b(2))
	f.raw("rows%d:", rows)
	for i := range vectorsWide * rows {
		f.raw("\tVEOR V%d.B16, V%[1]d.B16, V%[1]d.B16", i)
	}
	step := func(lane int) {
		f.raw("\tVLD1.P %d(R1), %s", 4*f.nr, panelRow)
		for r := range rows {
			for v := range vectorsWide {
				f.word(byElement(acc(r, v), b(v), a(r), lane))
			}
		}
	}
	f.raw("\tSUBS $%d, R2, R2", f.lanes)
	f.raw("\tBLT rest%d", rows)
	f.raw("main%d:", rows)
	for r := range rows {
		f.raw("\tFMOVQ.P %d(%s), F%d", f.bytes(), rowNEON(r), a(r))
	}
	for lane := range f.lanes {
		step(lane)
	}
	f.raw("\tSUBS $%d, R2, R2", f.lanes)
	f.raw("\tBGE main%d", rows)
	f.raw("rest%d:", rows)
	f.raw("\tADDS $%d, R2, R2", f.lanes)
	f.raw("\tBEQ out%d", rows)
	f.raw("single%d:", rows)
	for r := range rows {
		f.raw("\tFMOVS.P 4(%s), F%d", rowNEON(r), a(r))
	}
	step(0)
	f.raw("\tSUBS $1, R2, R2")
	f.raw("\tBNE single%d", rows)
	f.raw("out%d:", rows)

	registers := func(first int) string {
		return fmt.Sprintf("[V%d.S4, V%d.S4, V%d.S4]", first, first+1, first+2)
	}
	add := func(r int) {
		for v := range vectorsWide {
			f.word(vectors("FADD", acc(r, v), acc(r, v), b(v)))
		}
	}
	matrix := func(flag, base, stride string) {
		skip := f.fresh("without")
		f.raw("\tTST $const_%s, R12", flag)
		f.raw("\tBEQ %s", skip)
		f.raw("\tMOVD tile_%s(R0), R1", base)
		f.raw("\tMOVD tile_%s(R0), R2", stride)
		for r := range rows {
			f.raw("\tVLD1 (R1), %s", panelRow)
			add(r)
			if r < rows-1 {
				f.raw("\tADD R2, R1, R1")
			}
		}
		f.raw("%s:", skip)
	}
	matrix("haveC", "c", "ldc")
	matrix("haveRes", "res", "ldres")
	skip := f.fresh("without")
	f.raw("\tTST $const_haveBias, R12")
	f.raw("\tBEQ %s", skip)
	f.raw("\tMOVD tile_bias(R0), R1")
	f.raw("\tVLD1 (R1), %s", panelRow)
	for r := range rows {
		add(r)
	}
	f.raw("%s:", skip)
	f.raw("\tMOVD tile_c(R0), R1")
	f.raw("\tMOVD tile_ldc(R0), R2")
	for r := range rows {
		f.raw("\tVST1 %s, (R1)", registers(acc(r, 0)))
		if r < rows-1 {
			f.raw("\tADD R2, R1, R1")
		}
	}
	f.raw("\tRET")
}
