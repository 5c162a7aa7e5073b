package main

import "fmt"

// transposeRoutine moves blocks of 8 by 8, in 256-bit registers on both instruction sets of amd64: there are rows·columns of them.
var transposeRoutine = &routine{name: "transposeBlocks", doc: "is dst = srcᵀ for src of rows·8 by cols·8; strides are in bytes.",
	params: []param{{"dst", "*float32"}, {"ldd", "int"}, {"src", "*float32"}, {"lds", "int"}, {"rows", "int"}, {"cols", "int"}}}

// genTranspose writes the routine. DI is dst and SI src, R8 and R9 their strides, R10 the rows of blocks left, CX the blocks left of a row, whose next
// block is read at AX and written at BX; DX and R11 are 3 strides.
func genTranspose(v *isa) string {
	f, r := newFile(v), transposeRoutine
	f.text(r)
	for _, p := range [][2]string{{"dst", "DI"}, {"ldd", "R8"}, {"src", "SI"}, {"lds", "R9"}, {"rows", "R10"}} {
		f.op("MOVQ", r.arg(p[0]), p[1])
	}
	f.op("LEAQ", "(R8)(R8*2)", "DX")
	f.op("LEAQ", "(R9)(R9*2)", "R11")
	f.raw("rows:")
	f.op("MOVQ", "SI", "AX")
	f.op("MOVQ", "DI", "BX")
	f.op("MOVQ", r.arg("cols"), "CX")
	f.raw("cols:")
	y := func(i int) string { return fmt.Sprintf("Y%d", i) }
	line := func(base, ld, three, far string, i int) string { // line i of a block, far being its fifth
		if i >= 4 {
			base, i = far, i-4
		}
		return []string{fmt.Sprintf("(%s)", base), fmt.Sprintf("(%s)(%s*1)", base, ld), fmt.Sprintf("(%s)(%s*2)", base, ld), fmt.Sprintf("(%s)(%s*1)", base, three)}[i]
	}
	f.op("LEAQ", "(AX)(R9*4)", "R12")
	for i := range 8 {
		f.op("VMOVUPS", line("AX", "R9", "R11", "R12", i), y(i))
	}
	// Pairs of rows, then fours, then the halves of 128 bits change places.
	for i := 0; i < 8; i += 2 {
		f.op("VUNPCKLPS", y(i+1), y(i), y(8+i))
		f.op("VUNPCKHPS", y(i+1), y(i), y(9+i))
	}
	for i := 0; i < 8; i += 4 {
		for h := range 2 {
			f.op("VSHUFPS", "$0x44", y(10+i+h), y(8+i+h), y(i+2*h))
			f.op("VSHUFPS", "$0xee", y(10+i+h), y(8+i+h), y(i+2*h+1))
		}
	}
	f.op("LEAQ", "(BX)(R8*4)", "R12")
	for i := range 4 {
		f.op("VPERM2F128", "$0x20", y(4+i), y(i), y(8+i))
		f.op("VMOVUPS", y(8+i), line("BX", "R8", "DX", "R12", i))
		f.op("VPERM2F128", "$0x31", y(4+i), y(i), y(12+i))
		f.op("VMOVUPS", y(12+i), line("BX", "R8", "DX", "R12", 4+i))
	}
	f.op("ADDQ", "$32", "AX")
	f.op("LEAQ", "(BX)(R8*8)", "BX")
	f.op("DECQ", "CX")
	f.op("JNZ", "cols")
	f.op("LEAQ", "(SI)(R9*8)", "SI")
	f.op("ADDQ", "$32", "DI")
	f.op("DECQ", "R10")
	f.op("JNZ", "rows")
	f.op("VZEROUPPER")
	f.op("RET")
	return f.done()
}
