//go:build !noasm

package simd

import "unsafe"

// runTile computes a tile of cols columns. NEON has no masks: a tile narrower than its panel meets copies of C, residual and bias that are
// as wide, the same arithmetic, and only its own columns return to C.
func (s *Set) runTile(t *tile, cols int) {
	if cols == nrNEON {
		tileNEON(t)
		return
	}
	var c, res [mrNEON * nrNEON]float32
	var bias [nrNEON]float32
	wide := *t
	wide.c, wide.ldc = &c[0], 4*nrNEON
	if t.flags&haveC != 0 {
		copyRows(&c[0], 4*nrNEON, t.c, t.ldc, t.rows, cols)
	}
	if t.flags&haveRes != 0 {
		copyRows(&res[0], 4*nrNEON, t.res, t.ldres, t.rows, cols)
		wide.res, wide.ldres = &res[0], 4*nrNEON
	}
	if t.flags&haveBias != 0 {
		copyRows(&bias[0], 0, t.bias, 0, 1, cols)
		wide.bias = &bias[0]
	}
	tileNEON(&wide)
	copyRows(t.c, t.ldc, &c[0], 4*nrNEON, t.rows, cols)
}

// copyRows copies a matrix; the strides are in bytes.
func copyRows(dst *float32, ldd int, src *float32, lds, rows, cols int) {
	for r := range rows {
		d := (*float32)(unsafe.Add(unsafe.Pointer(dst), r*ldd))
		s := (*float32)(unsafe.Add(unsafe.Pointer(src), r*lds))
		copy(unsafe.Slice(d, cols), unsafe.Slice(s, cols))
	}
}
