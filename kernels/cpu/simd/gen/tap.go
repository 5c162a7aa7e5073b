package main

import "fmt"

// tapRoutines are the routines of taps: each reads rows of x, listed by number, in columns of a multiple of tapColumns, and returns the largest magnitude
// that it met, as bits.
var tapRoutines = []*routine{
	{name: "fixedSums", doc: "is dst = Σ x over rows in units of 2⁻³².", params: tapParams("*int64"), result: word},
	{name: "countAbove", doc: "is dst = the number of rows where (x > thr) != (flip = -1).", params: append(tapParams("*int64"), param{"thr", "*float32"}, param{"flip", "*int32"}), result: word},
	{name: "maxRows", doc: "is dst = the largest x over rows.", params: tapParams("*float32"), result: word},
}

const (
	word       = "uint32"
	tapColumns = 16
)

func tapParams(dst string) []param {
	return []param{{"dst", dst}, {"x", "*float32"}, {"rows", "*int32"}, {"m", "int"}, {"ld", "int"}, {"n", "int"}}
}

func genTap(v *isa) string {
	f := newFile(v)
	for _, r := range tapRoutines {
		f.text(r)
		f.tap(r)
		f.raw("")
	}
	return f.done()
}

// tap writes a routine: blocks of columns, and within one all rows, so that its sums stay in registers. DI is dst, SI x at the block's first
// column, DX a row number, R8 rows, R9 their number, R10 the stride, CX the columns left, R11 thr, R12 flip, BX the row under way, AX its place.
func (f *file) tap(r *routine) {
	for _, p := range []struct{ name, reg string }{{"dst", "DI"}, {"x", "SI"}, {"rows", "R8"}, {"m", "R9"}, {"ld", "R10"}, {"n", "CX"}, {"thr", "R11"}, {"flip", "R12"}} {
		for _, q := range r.params {
			if q.name == p.name {
				f.op("MOVQ", r.arg(p.name), p.reg)
			}
		}
	}
	t := &tapFile{file: f, r: r, peak: f.v(15)}
	f.op("VXORPS", t.peak, t.peak, t.peak)
	// 16 columns are one vector or two; twice or four times as many at once where there are.
	for _, columns := range []int{4 * f.lanes, tapColumns} {
		next, out := f.fresh("loop"), f.fresh("out")
		f.raw("%s:", next)
		f.op("CMPQ", "CX", fmt.Sprintf("$%d", columns))
		f.op("JLT", out)
		t.block(columns / f.lanes)
		f.op("ADDQ", fmt.Sprintf("$%d", 4*columns), "SI")
		size := 8
		if r.name == "maxRows" {
			size = 4
		}
		f.op("ADDQ", fmt.Sprintf("$%d", size*columns), "DI")
		if r.name == "countAbove" {
			f.op("ADDQ", fmt.Sprintf("$%d", 4*columns), "R11")
		}
		f.op("SUBQ", fmt.Sprintf("$%d", columns), "CX")
		f.op("JMP", next)
		f.raw("%s:", out)
	}
	t.largest()
	f.op("VZEROUPPER")
	f.op("RET")
}

// tapFile is a routine of taps under way.
type tapFile struct {
	*file
	r    *routine
	peak string
}

// Registers: sums in 0…7 (counts and maxima in 0…3, thresholds in 4…7), temporaries 8 to 10, constants 11 to 14, the largest magnitude in 15.
func (t *tapFile) block(vectors int) {
	f := t.file
	sums := vectors
	switch t.r.name {
	case "fixedSums":
		sums = 2 * vectors
		if f.isa == avx512 {
			f.op("VMOVUPS", f.num(1<<32), f.v(12))
		} else {
			f.op("VMOVUPS", f.double(1<<32), f.v(12))
			f.op("VMOVUPS", f.double(3<<51), f.v(13))
		}
	case "countAbove":
		for i := range vectors {
			f.op("VMOVUPS", fmt.Sprintf("%d(R11)", i*f.bytes()), f.v(4+i))
		}
		f.op("VMOVUPS", f.bits(1), f.v(12))
	}
	f.op("VMOVUPS", f.bits(1<<31-1), f.v(14))
	for i := range sums {
		if t.r.name == "maxRows" {
			f.op("VMOVUPS", f.bits(0xff800000), f.v(i))
		} else {
			f.op("VXORPS", f.v(i), f.v(i), f.v(i))
		}
	}
	row := f.fresh("row")
	f.op("XORQ", "BX", "BX")
	f.raw("%s:", row)
	f.op("MOVLQSX", "(R8)(BX*4)", "AX")
	f.op("IMULQ", "R10", "AX")
	f.op("LEAQ", "(SI)(AX*4)", "AX")
	if t.r.name == "countAbove" {
		if f.isa == avx512 {
			f.op("MOVL", "(R12)(BX*4)", "DX")
			f.op("KMOVW", "DX", "K2")
		} else {
			f.op("VPBROADCASTD", "(R12)(BX*4)", f.v(10))
		}
	}
	for i := range vectors {
		t.vector(i)
	}
	f.op("INCQ", "BX")
	f.op("CMPQ", "BX", "R9")
	f.op("JLT", row)
	t.store(vectors, sums)
}

// vector takes in vector i of a row.
func (t *tapFile) vector(i int) {
	f := t.file
	at := func(o int) string { return fmt.Sprintf("%d(AX)", i*f.bytes()+o) }
	x, y := f.v(8), f.v(9)
	f.op("VMOVUPS", at(0), x)
	and, most := "VPAND", "VPMAXUD"
	if f.isa == avx512 {
		and = "VPANDD"
	}
	f.op(and, f.v(14), x, y)
	f.op(most, y, t.peak, t.peak)
	switch t.r.name {
	case "maxRows":
		f.op("VMAXPS", f.v(i), x, f.v(i)) // the one before where equal
	case "countAbove":
		if f.isa == avx512 {
			f.op("VCMPPS", "$30", f.v(4+i), x, "K1") // x > thr, ordered
			f.op("KXORW", "K2", "K1", "K1")
			f.op("VPADDD", f.v(12), f.v(i), "K1", f.v(i))
			return
		}
		f.op("VCMPPS", "$30", f.v(4+i), x, x)
		f.op("VPXOR", f.v(10), x, x)
		f.op("VPSUBD", x, f.v(i), f.v(i))
	default:
		for h := range 2 {
			if f.isa == avx512 {
				f.op("VMULPS", at(32*h), "Y12", "Y9")
				f.op("VCVTPS2QQ", "Y9", "Z9")
				f.op("VPADDQ", "Z9", f.v(2*i+h), f.v(2*i+h))
				continue
			}
			// x·2³² + 3·2⁵¹ is exact but for the bits behind the point; what 3·2⁵¹ adds to the bits is taken off at the end
			f.op("VCVTPS2PD", at(16*h), y)
			f.op("VFMADD213PD", f.v(13), f.v(12), y)
			f.op("VPADDQ", y, f.v(2*i+h), f.v(2*i+h))
		}
	}
}

// store writes a block's results.
func (t *tapFile) store(vectors, sums int) {
	f := t.file
	at := func(i int) string { return fmt.Sprintf("%d(DI)", i*f.bytes()) }
	switch t.r.name {
	case "maxRows":
		for i := range vectors {
			f.op("VMOVUPS", f.v(i), at(i))
		}
	case "countAbove":
		for i := range vectors {
			half := fmt.Sprintf("X%d", i)
			if f.isa == avx512 {
				half = fmt.Sprintf("Y%d", i)
			}
			f.op("VPMOVZXDQ", half, f.v(8))
			f.op("VMOVUPS", f.v(8), at(2*i))
			if f.isa == avx512 {
				f.op("VEXTRACTI64X4", "$1", f.v(i), half)
			} else {
				f.op("VEXTRACTI128", "$1", f.v(i), half)
			}
			f.op("VPMOVZXDQ", half, f.v(8))
			f.op("VMOVUPS", f.v(8), at(2*i+1))
		}
	default:
		if f.isa == avx2 {
			f.op("MOVQ", "$0x4338000000000000", "AX") // the bits of 3·2⁵¹
			f.op("IMULQ", "R9", "AX")
			f.op("MOVQ", "AX", "X8")
			f.op("VPBROADCASTQ", "X8", f.v(8))
		}
		for i := range sums {
			if f.isa == avx2 {
				f.op("VPSUBQ", f.v(8), f.v(i), f.v(i))
			}
			f.op("VMOVUPS", f.v(i), at(i))
		}
	}
}

// largest returns the largest lane of peak.
func (t *tapFile) largest() {
	f := t.file
	if f.isa == avx512 {
		f.op("VEXTRACTI64X4", "$1", "Z15", "Y8")
		f.op("VPMAXUD", "Y8", "Y15", "Y15")
	}
	f.op("VEXTRACTI128", "$1", "Y15", "X8")
	f.op("VPMAXUD", "X8", "X15", "X15")
	f.op("VPSHUFD", "$0x4e", "X15", "X8")
	f.op("VPMAXUD", "X8", "X15", "X15")
	f.op("VPSHUFD", "$0xb1", "X15", "X8")
	f.op("VPMAXUD", "X8", "X15", "X15")
	f.op("VMOVD", "X15", "AX")
	f.op("MOVL", "AX", t.r.arg("ret"))
}
