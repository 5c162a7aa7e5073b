package main

import "fmt"

// rowRegisters are the next row of sums, and of the residual.
func (t *amxTile) rowRegisters() (sums, res string) {
	if t.few {
		return "R15", "R13"
	}
	return "R11", "R9"
}

var amxFew = amxTile{name: "float32FewAMX", product: "TDPBF16PS", parts: 3, few: true}

// Weights of few rows come from memory, and a core reads it fastest from several pages at once: aheadPages of them, some lines of each in every step.
const (
	aheadPages = 8
	pageBytes  = 4096
	stepBytes  = bfloat16Rows * panelRow
)

// amxFew is a routine for up to 32 rows that runs through strips, a block of K of a panel each, whose numbers lie one behind the other. Registers are those of
// amxTile, but BX and R11 are the parts of this step and the next one, which change places, R14 is what is fetched, R15 the row of sums and R13 that of the residual.
func (f *file) amxFew() {
	t := amxFew
	f.amxBegin(t)
	f.partConstants()
	f.op("MOVQ", "tile_b(AX)", "BX")
	f.op("MOVQ", "tileAMX_parts(AX)", "R11")
	f.op("MOVQ", "tileAMX_panel(AX)", "R9")
	f.op("MOVQ", "tileAMX_fetched(AX)", "R14")
	f.op("XORQ", "R12", "R12")
	narrow, done := f.fresh("narrow"), f.fresh("done")
	f.op("CMPQ", "tile_rows(AX)", "$16")
	f.op("JLE", narrow)
	f.amxStrips(t, true)
	f.op("JMP", done)
	f.raw("%s:", narrow)
	f.amxStrips(t, false)
	f.raw("%s:", done)
	f.amxRows(t)
	f.raw("\t%s", tileRelease())
	f.op("VZEROUPPER")
	f.op("RET")
}

func (f *file) amxStrips(t amxTile, wide bool) {
	tiles := 2
	if wide {
		tiles = 4
	}
	strip, next := f.fresh("strip"), f.fresh("step")
	f.raw("%s:", strip)
	f.op("MOVQ", "tileAMX_strips(AX)", "R8")
	f.op("ADDQ", "tileAMX_offStrip(AX)", "R8")
	f.op("MOVQ", "stripAMX_a(R8)", "SI")
	f.op("MOVQ", "stripAMX_steps(R8)", "R10")
	if wide {
		f.op("MOVQ", "CX", "R8")
		f.op("SHLQ", "$4", "R8")
		f.op("ADDQ", "SI", "R8")
	}
	for i := range tiles {
		f.raw("\t%s", tileZero(i))
	}
	f.raw("%s:", next)
	// What is behind the last step is not read; the first step takes its place, for nobody.
	f.op("CMPQ", "R9", "tileAMX_end(AX)")
	f.op("CMOVQEQ", "tileAMX_tail(AX)", "R9")
	f.amxStep(t, wide, tileLoad, func(i, of int) {
		for g := 32 * i / of; g < 32*(i+1)/of; g++ {
			f.pair(3, "R9", "R11", g/2, g%2)
			for n := 2 * g; n < 2*g+2; n++ {
				f.op("PREFETCHT1", fmt.Sprintf("%d(R14)", n%aheadPages*pageBytes+n/aheadPages*64))
			}
		}
		if rows := t.rows(); rows*i/of < rows*(i+1)/of {
			f.amxRow(t, rows*(i+1)/of-rows*i/of)
		}
	})
	f.op("ADDQ", fmt.Sprintf("$%d", stepBytes), "R9")
	f.op("XCHGQ", "BX", "R11")
	within := f.fresh("within")
	f.op("ADDQ", fmt.Sprintf("$%d", stepBytes/aheadPages), "R14")
	f.op("TESTQ", fmt.Sprintf("$%d", pageBytes-1), "R14")
	f.op("JNZ", within)
	f.op("ADDQ", fmt.Sprintf("$%d", (aheadPages-1)*pageBytes), "R14")
	f.op("CMPQ", "R14", "tileAMX_end(AX)")
	f.op("CMOVQCC", "SI", "R14") // rows of A, which are in the cache
	f.raw("%s:", within)
	f.op("DECQ", "R10")
	f.op("JNZ", next)

	f.amxRows(t) // the last strip's, if this one has few steps
	f.op("MOVQ", "tileAMX_out(AX)", "R15")
	for i := range tiles {
		f.raw("\t%s", tileStore(i, "R15", i/2*16*panelRow+i%2*64, "DX"))
	}
	f.op("MOVQ", "tileAMX_strips(AX)", "R8")
	f.op("ADDQ", "tileAMX_offStrip(AX)", "R8")
	f.op("MOVQ", "stripAMX_c(R8)", "DI")
	f.op("MOVQ", "stripAMX_res(R8)", "R13")
	f.op("MOVQ", "tile_rows(AX)", "R12")
	f.op("MOVQ", "stripAMX_flags(R8)", "R10")
	f.op("MOVQ", "R10", "tile_flags(AX)")
	f.op("MOVQ", "stripAMX_mask(R8)", "R10")
	f.amxColumns("R10", "stripAMX_bias(R8)")
	f.op("MOVQ", "tileAMX_offStrip(AX)", "R10")
	f.op("ADDQ", "$stripAMX__size", "R10")
	f.op("MOVQ", "R10", "tileAMX_offStrip(AX)")
	f.op("CMPQ", "R10", "tileAMX_endStrips(AX)")
	f.op("JLT", strip)
}
