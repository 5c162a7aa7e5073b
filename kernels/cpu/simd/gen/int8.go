package main

import "fmt"

// int8Routine is the tile of the 8-bit product. Its struct begins with the fields of the float32 tile, k being words of four numbers.
var int8Routine = &routine{name: "tileInt8", params: []param{{"t", "*tileInt8"}}}

var vnni = &isa{name: "vnni", suffix: "VNNI", reg: "Z", lanes: 16, mr: 14}

// genInt8 writes the 8-bit kernels: the tile routine, whose sums are int32 and exact, and the two passes over a row that quantise it.
func genInt8() string {
	f := newFile(vnni)
	f.tiles(int8Routine, "VPDPBUSD", f.dequantise)
	f.span()
	f.quantise()
	return f.done()
}

// dequantise takes zero·Σw off the sums, scales them by column and by row, adds residual and bias where the flags say so, and stores.
func (f *file) dequantise(rows int, acc func(r, half int) string, vector, tmp [2]string) {
	f.op("MOVQ", "tile_mask(AX)", "BX")
	f.halfMasks("BX")
	f.op("MOVQ", "tileInt8_row(AX)", "SI")
	f.op("MOVQ", "tileInt8_sums(AX)", "DI")
	f.op("VMOVDQU32", "(DI)", vector[0])
	f.op("VMOVDQU32", "64(DI)", vector[1])
	for r := range rows {
		for h := range 2 {
			f.op("VPMULLD.BCST", fmt.Sprintf("%d+Int8Row_Zero(SI)", 8*r), vector[h], tmp[h])
			f.op("VPSUBD", tmp[h], acc(r, h), acc(r, h))
		}
	}
	f.op("MOVQ", "tileInt8_scales(AX)", "DI")
	f.op("VMOVUPS", "(DI)", vector[0])
	f.op("VMOVUPS", "64(DI)", vector[1])
	for r := range rows {
		for h := range 2 {
			f.op("VCVTDQ2PS", acc(r, h), acc(r, h))
			f.op("VMULPS", vector[h], acc(r, h), acc(r, h))
			f.op("VMULPS.BCST", fmt.Sprintf("%d+Int8Row_Scale(SI)", 8*r), acc(r, h), acc(r, h))
		}
	}
	f.addRows(rows, "haveRes", "tile_res", "tile_ldres", fmt.Sprintf("noRes%d", rows), func(r, h int) {
		f.op("VADDPS", fmt.Sprintf("%d(DI)", h*64), acc(r, h), fmt.Sprintf("K%d", h+1), acc(r, h))
	})
	f.bias(rows, fmt.Sprintf("noBias%d", rows), tmp, func(h int) {
		f.op("VMOVUPS.Z", fmt.Sprintf("%d(DI)", h*64), fmt.Sprintf("K%d", h+1), tmp[h])
	}, acc)
	f.storeRows(rows, func(r, h int) {
		f.op("VMOVUPS", acc(r, h), fmt.Sprintf("K%d", h+1), fmt.Sprintf("%d(DI)", h*64))
	})
}

// each16 runs body over vectors of x at SI, CX elements; the last one, short, under K1.
func (f *file) each16(body func(tail bool)) {
	next, tail, done := f.fresh("loop"), f.fresh("tail"), f.fresh("done")
	f.op("SUBQ", "$16", "CX")
	f.op("JLT", tail)
	f.raw("%s:", next)
	body(false)
	f.op("SUBQ", "$16", "CX")
	f.op("JGE", next)
	f.raw("%s:", tail)
	f.op("ADDQ", "$16", "CX")
	f.op("JZ", done)
	f.lowBits("DX")
	f.op("KMOVW", "DX", "K1")
	body(true)
	f.raw("%s:", done)
}

// span folds minimum, maximum and a sum of x·0, which is NaN where something is not finite.
func (f *file) span() {
	f.raw("\n// func spanVNNI(x *float32, n int) (lo, hi, zero float32)")
	f.raw("TEXT ·spanVNNI(SB), NOSPLIT, $0-28")
	f.op("MOVQ", "x+0(FP)", "SI")
	f.op("MOVQ", "n+8(FP)", "CX")
	for i := range 4 {
		f.op("VXORPS", f.v(i), f.v(i), f.v(i))
	}
	f.each16(func(tail bool) {
		if tail {
			f.op("VMOVUPS.Z", "(SI)", "K1", "Z4")
		} else {
			f.op("VMOVUPS", "(SI)", "Z4")
		}
		f.op("VMINPS", "Z4", "Z0", "Z0")
		f.op("VMAXPS", "Z4", "Z1", "Z1")
		f.op("VFMADD231PS", "Z4", "Z3", "Z2")
		f.op("ADDQ", "$64", "SI")
	})
	for i, fold := range []string{"VMINPS", "VMAXPS", "VADDPS"} {
		y, x := fmt.Sprintf("Y%d", i), fmt.Sprintf("X%d", i)
		f.op("VEXTRACTF64X4", "$1", f.v(i), "Y4")
		f.op(fold, "Y4", y, y)
		f.op("VEXTRACTF128", "$1", y, "X4")
		f.op(fold, "X4", x, x)
		f.op("VPERMILPS", "$0x4e", x, "X4")
		f.op(fold, "X4", x, x)
		f.op("VPERMILPS", "$0xb1", x, "X4")
		f.op(fold, "X4", x, x)
	}
	f.op("VMOVSS", "X0", "lo+16(FP)")
	f.op("VMOVSS", "X1", "hi+20(FP)")
	f.op("VMOVSS", "X2", "zero+24(FP)")
	f.op("VZEROUPPER")
	f.op("RET")
}

// quantise writes round(x·inverse) + zero, to the nearest, ties to even.
func (f *file) quantise() {
	f.raw("\n// func quantiseVNNI(dst *uint8, x *float32, n int, inverse float32, zero int32)")
	f.raw("TEXT ·quantiseVNNI(SB), NOSPLIT, $0-32")
	f.op("MOVQ", "dst+0(FP)", "DI")
	f.op("MOVQ", "x+8(FP)", "SI")
	f.op("MOVQ", "n+16(FP)", "CX")
	f.op("VBROADCASTSS", "inverse+24(FP)", "Z0")
	f.op("MOVL", "zero+28(FP)", "AX")
	f.op("VPBROADCASTD", "AX", "Z1")
	f.each16(func(tail bool) {
		if tail {
			f.op("VMOVUPS.Z", "(SI)", "K1", "Z2")
		} else {
			f.op("VMOVUPS", "(SI)", "Z2")
		}
		f.op("VMULPS", "Z0", "Z2", "Z2")
		f.op("VCVTPS2DQ", "Z2", "Z2")
		f.op("VPADDD", "Z1", "Z2", "Z2")
		if tail {
			f.op("VPMOVUSDB", "Z2", "K1", "(DI)")
		} else {
			f.op("VPMOVUSDB", "Z2", "(DI)")
		}
		f.op("ADDQ", "$64", "SI")
		f.op("ADDQ", "$16", "DI")
	})
	f.op("VZEROUPPER")
	f.op("RET")
}
