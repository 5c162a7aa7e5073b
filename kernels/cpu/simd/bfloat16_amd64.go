//go:build !noasm

package simd

import (
	"slices"
	"unsafe"
)

func splitRowNative(dst []uint16, x []float32, parts int) uint32 {
	if parts == 1 {
		return splitRow1AMX(&dst[0], &x[0], len(x))
	}
	return splitRow3AMX(&dst[0], &x[0], len(x))
}

func splitPanelNative(dst []uint16, panel []float32, steps, parts int) {
	if parts == 1 {
		splitPanel1AMX(&dst[0], &panel[0], steps)
	} else {
		splitPanel3AMX(&dst[0], &panel[0], steps)
	}
}

// bfloat16Tiles lets each panel meet all rows.
func bfloat16Tiles(m, n int, a *BFloat16Rows, r0 int, w *BFloat16Weights, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	t := room.tile(2*a.stride, steps(a.k), ldc, ep)
	odd := slices.Contains(a.odd[r0:r0+m], true)
	for j := 0; j < n; j += bfloat16Panel {
		b := panelOf{parts: w.panel(j0+j, a.k0)}
		t.b = (*float32)(unsafe.Pointer(&b.parts[0]))
		for i := 0; i < m; i += t.rows * t.all {
			t.place(i, j, m, n, c, ldc, ep)
			t.from(a, r0+i, odd)
			bfloat16AMX(&t)
			if odd {
				a.finish(t.out, t.rows, r0, i, &b, j, n, c, ldc, ep)
			}
		}
	}
}

// partsTiles lets each panel meet all rows. Where there are few, the first block of rows takes it apart on the way, while the tiles multiply; where there are many,
// those of the panel before did, in smaller portions. The other blocks find its parts in the cache.
func partsTiles(m, n, k int, a *BFloat16Rows, r0 int, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	t := room.tile(2*a.stride, steps(a.k), ldc, ep)
	odd := slices.Contains(a.odd[r0:r0+m], true)
	this, next := panelOf{parts: room.panel(0, steps(a.k))}, panelOf{parts: room.panel(1, steps(a.k))}
	numbers := func(j int) []float32 { return packed[(j0+j)*k+a.k0*bfloat16Panel:][:a.k*bfloat16Panel] }
	this.numbers = numbers(0)
	ready := false
	for j := 0; j < n; j += bfloat16Panel {
		t.b = (*float32)(unsafe.Pointer(&this.parts[0]))
		if !ready {
			t.begin(&this, a.k, room)
		}
		units := 0
		if j+bfloat16Panel < n && m > amxAhead*amxRows {
			next.numbers = numbers(j + bfloat16Panel)
			units = a.k / bfloat16Step * amxStepUnits
		}
		t.units = units
		for i := 0; i < m; i += t.rows * t.all {
			t.place(i, j, m, n, c, ldc, ep)
			t.from(a, r0+i, odd)
			if i > 0 || ready {
				t.ahead(&next, units)
				float32AMX(&t)
			} else {
				if t.all, t.blocks = 1, 1; m > t.rows {
					t.blocks = 2 // the parts are wanted again
				}
				float32FirstAMX(&t)
			}
			if odd {
				a.finish(t.out, t.rows, r0, i, &this, j, n, c, ldc, ep)
			}
		}
		if ready = units > 0; ready {
			next.endStep(a.k, room)
			this, next = next, this
		} else if j+bfloat16Panel < n {
			this.numbers = numbers(j + bfloat16Panel)
		}
	}
}

const (
	// amxAhead blocks take the next panel apart.
	amxAhead = 4
	// amxStepUnits are the units of a step that float32AMX takes apart, two rows each.
	amxStepUnits = bfloat16Step / 2
)

// begin takes the first step of a panel apart, and tells float32FirstAMX where the others are.
func (t *tileAMX) begin(b *panelOf, k int, room *Room) {
	whole, last := k/bfloat16Step, k%bfloat16Step // steps, and rows of a last one
	first := b.numbers
	if last > 0 {
		t.tail = room.last(b.numbers[whole*bfloat16Part:])
		if whole == 0 {
			first = room.tail[:]
		}
	} else {
		t.tail = &b.numbers[(whole-1)*bfloat16Part]
	}
	splitPanelNative(b.parts, first, 1, Float32Parts)
	if t.k > 1 {
		t.parts, t.panel = &b.parts[Float32Parts*bfloat16Part], &b.numbers[bfloat16Part]
	}
}

// ahead tells float32AMX how far the next panel is, of which t.units are left.
func (t *tileAMX) ahead(next *panelOf, units int) {
	if t.units > 0 {
		done := units - t.units
		step, row := done/amxStepUnits, done%amxStepUnits
		t.panel = &next.numbers[step*bfloat16Part+row*bfloat16Panel]
		t.parts = &next.parts[step*Float32Parts*bfloat16Part+row*2*bfloat16Panel]
	}
}

// endStep takes a last step that is not whole apart.
func (b *panelOf) endStep(k int, room *Room) {
	if whole := k / bfloat16Step; k%bfloat16Step > 0 {
		room.last(b.numbers[whole*bfloat16Part:])
		splitPanelNative(b.parts[whole*Float32Parts*bfloat16Part:], room.tail[:], 1, Float32Parts)
	}
}

// last fills a step up with zeros.
func (r *Room) last(x []float32) *float32 {
	clear(r.tail[copy(r.tail[:], x):])
	return &r.tail[0]
}

// finish is the end of a block in which rows may be odd.
func (a *BFloat16Rows) finish(out *float32, rows, r0, i int, b *panelOf, j, n int, c []float32, ldc int, ep Epilogue) {
	sums := unsafe.Slice((*[bfloat16Panel]float32)(unsafe.Pointer(out)), rows)
	for r := range sums {
		if a.odd[r0+i+r] {
			a.sums(&sums[r], r0+i+r, b)
		}
		storeSums(&sums[r], i+r, j, n, c, ldc, ep)
	}
}

// from points t at row r of a. With odd rows it is one block, and C is left to others.
func (t *tileAMX) from(a *BFloat16Rows, r int, odd bool) {
	t.a = (*float32)(unsafe.Pointer(&a.data[r*a.stride]))
	if odd {
		t.all, t.blocks, t.c = 1, 1, nil
	}
}
