//go:build !noasm

package simd

import "slices"

func splitTwoNative(dst []uint16, panel []float32, steps int) {
	splitPanel2AMX(&dst[0], &panel[0], steps)
}

// twoPartsTiles lets each panel meet all rows.
func twoPartsTiles(m, n, k int, a *BFloat16Rows, r0 int, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	t := room.tile(2*a.stride, steps(a.k), ldc, ep)
	odd := slices.Contains(a.odd[r0:r0+m], true)
	for j := 0; j < n; j += bfloat16Panel {
		b := twoPartsPanel(packed, k, j0+j, a)
		if odd {
			b.join()
		}
		t.b = &packed[(j0+j)*k+a.k0*bfloat16Panel]
		for i := 0; i < m; i += t.rows * t.all {
			t.place(i, j, m, n, c, ldc, ep)
			t.from(a, r0+i, odd)
			float32TwoAMX(&t)
			if odd {
				a.finish(t.out, t.rows, r0, i, &b, j, n, c, ldc, ep)
			}
		}
	}
}
