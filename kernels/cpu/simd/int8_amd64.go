//go:build !noasm

package simd

import "unsafe"

// tileInt8VNNI multiplies rows of quantised A with one panel of packed weights over all of K, into C.
//
//go:noescape
func tileInt8VNNI(t *tileInt8)

// spanVNNI is the least and the largest of x and 0, and Σ x·0.
//
//go:noescape
func spanVNNI(x *float32, n int) (lo, hi, zero float32)

// quantiseVNNI is dst = round(x·inverse) + zero.
//
//go:noescape
func quantiseVNNI(dst *uint8, x *float32, n int, inverse float32, zero int32)

// tileInt8 is a tile whose operands are bytes; tile.k counts words of four.
type tileInt8 struct {
	tile
	row    *Int8Row // of the first row
	scales *float32 // of the panel's columns
	sums   *int32
}

func spanNative(x []float32) (lo, hi, zero float32) { return spanVNNI(&x[0], len(x)) }

func quantiseNative(dst []uint8, x []float32, inverse float32, zero int32) {
	quantiseVNNI(&dst[0], &x[0], len(x), inverse, zero)
}

// int8Tiles lets each panel meet all rows: it stays in the second-level cache, whatever K.
func int8Tiles(m, n int, a []uint8, rows []Int8Row, w *Int8Weights, j0 int, c []float32, ldc int, ep Epilogue) {
	const nr = Int8PanelWidth
	stride, depth := Int8Stride(w.K), int8Depth(w.K)
	t := tileInt8{tile: tile{lda: stride, ldc: 4 * ldc, ldres: 4 * ep.LdRes, k: depth / 4}}
	if ep.Res != nil {
		t.flags |= haveRes
	}
	if ep.Bias != nil {
		t.flags |= haveBias
	}
	blocks := (m + mrAVX512 - 1) / mrAVX512
	for j := 0; j < n; j += nr {
		t.b = (*float32)(unsafe.Pointer(&w.data[(j0+j)*depth]))
		t.scales, t.sums = &w.scales[j0+j], &w.sums[j0+j]
		t.mask = 1<<min(nr, n-j) - 1
		if ep.Bias != nil {
			t.bias = &ep.Bias[j]
		}
		for r := range blocks {
			i, end := r*m/blocks, (r+1)*m/blocks
			t.rows = end - i
			t.a = (*float32)(unsafe.Pointer(&a[i*stride]))
			t.row = &rows[i]
			t.fetch(nr, 0, 1)
			t.c = &c[i*ldc+j]
			if ep.Res != nil {
				t.res = &ep.Res[i*ep.LdRes+j]
			}
			tileInt8VNNI(&t)
		}
	}
}

// int8Blocks is int8Tiles on AMX.
func int8Blocks(m, n int, a []uint8, rows []Int8Row, w *Int8Weights, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	const nr = Int8PanelWidth
	stride, depth := Int8Stride(w.K), int8Depth(w.K)
	t := room.tile(stride, depth/64, ldc, ep)
	for j := 0; j < n; j += nr {
		t.b = (*float32)(unsafe.Pointer(&w.data[(j0+j)*depth]))
		t.scales, t.sums = &w.scales[j0+j], &w.sums[j0+j]
		for i := 0; i < m; i += t.rows * t.all {
			t.place(i, j, m, n, c, ldc, ep)
			t.a, t.row = (*float32)(unsafe.Pointer(&a[i*stride])), &rows[i]
			int8AMX(&t)
		}
	}
}
