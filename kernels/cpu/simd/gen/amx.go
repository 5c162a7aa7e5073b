package main

import "fmt"

// amx is not an isa of its own: tiles of AMX beside the vectors of AVX-512.
var amx = &isa{name: "amx", suffix: "AMX", reg: "Z", lanes: 16}

// amxTile is a routine that multiplies blocks of rows of A with one panel of B, 32 columns.
type amxTile struct {
	name    string
	product string
	parts   int  // of which each operand is the sum
	ready   int  // parts of B, where these are fewer and lie apart in memory
	takes   bool // takes the panel apart on the way, for one block
	few     bool // so, panel behind panel
	ends    bool // writes rows as bfloat16Row does, with the sums of blocks of K before at R15, and fetches at R14
}

var amxTiles = []amxTile{
	{name: "float32FirstAMX", product: "TDPBF16PS", parts: 3, takes: true},
	{name: "float32AMX", product: "TDPBF16PS", parts: 3},
	{name: "bfloat16AMX", product: "TDPBF16PS", parts: 1, ends: true},
	{name: "int8AMX", product: "TDPBUSD", parts: 1},
}

var amxTwo = amxTile{name: "float32TwoAMX", product: "TDPBF16PS", parts: 3, ready: 2}

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
	f.amxFew()
	f.splitRow()
	f.roundRow()
	f.widenRow()
	f.splitPanel(3)
	f.splitPanel(1)
	f.geluRow()
	f.softmaxRow()
	f.pairRows()
	f.amxTile(amxTwo)
	f.splitPanel(2)
	f.wordOrder()
	return f.done()
}

// A routine's registers: AX is t, SI and R8 rows 0 and 16 of a block of A, CX their stride, BX the panel, DX its stride, R10 the steps that are left, R13 where
// the block's sums go. What a block's sums become is written while the next block is multiplied: R11 is the next row of sums, DI of C, R9 of the residual, R15 of
// what 8-bit rows were scaled by, R12 the rows that are left. Where the next panel is taken apart, R14 is what is next of it, R15 the place of its parts.
func (f *file) amxTile(t amxTile) {
	f.amxBegin(t)
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

// amxBegin begins a routine: AX, the tiles' shapes, CX and DX.
func (f *file) amxBegin(t amxTile) {
	f.raw("\n// func %s(t *tileAMX)", t.name)
	f.raw("TEXT ·%s(SB), NOSPLIT, $0-8", t.name)
	f.op("MOVQ", "t+0(FP)", "AX")
	f.op("MOVQ", "tileAMX_config(AX)", "R9")
	f.raw("\t%s", tileConfigure("R9"))
	f.op("MOVQ", "tile_lda(AX)", "CX")
	f.op("MOVQ", fmt.Sprintf("$%d", panelRow), "DX")
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
	one := func(loadB tileLoader, meanwhile func(i, of int)) { f.amxStep(t, wide, loadB, meanwhile) }
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
				for lines, g := t.right()*partBytes/64, 0; t.parts > 1 && g < lines; g++ {
					if g*of/lines == i {
						f.op("PREFETCHT0", fmt.Sprintf("%d(BX)", t.right()*partBytes+64*g))
					}
				}
				if rows := t.rows(); rows*i/of < rows*(i+1)/of {
					f.amxRow(t, rows*(i+1)/of-rows*i/of)
				}
				if t.splits() && amxUnits*i/of < amxUnits*(i+1)/of {
					f.amxUnit(t)
				}
			})
			f.op("ADDQ", fmt.Sprintf("$%d", partBytes*t.right()), "BX")
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

// amxStep is a step of K; meanwhile is called behind each of its products.
func (f *file) amxStep(t amxTile, wide bool, loadB tileLoader, meanwhile func(i, of int)) {
	tiles := 2
	if wide {
		tiles = 4
	}
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
			meanwhile(done, t.products()*tiles)
			done++
		}
	}
	b(0)
	if !t.few {
		f.amxAwake(t)
	}
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
		if t.right() > 2 {
			b(2)
			products()
		}
		b(0)
		products()
	}
	f.op("ADDQ", fmt.Sprintf("$%d", amxStep*t.parts), "SI")
	if wide {
		f.op("ADDQ", fmt.Sprintf("$%d", amxStep*t.parts), "R8")
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

// right is the number of parts of B.
func (t *amxTile) right() int {
	if t.ready > 0 {
		return t.ready
	}
	return t.parts
}

// splits reports whether panels are taken apart on the way.
func (t *amxTile) splits() bool { return t.parts > 1 && t.ready == 0 }

// products is the number of pairs of parts that are multiplied.
func (t *amxTile) products() int {
	if t.ready > 0 {
		return t.parts*(t.parts+1)/2 - (t.parts - t.ready)
	}
	return t.parts * (t.parts + 1) / 2
}

// rows is how many rows of the last block are written in a step.
func (t *amxTile) rows() int {
	if t.product == "TDPBUSD" {
		return 4
	}
	return 2
}
