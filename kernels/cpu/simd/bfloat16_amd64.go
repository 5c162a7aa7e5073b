//go:build !noasm

package simd

import (
	"slices"
	"unsafe"
)

func splitRowNative(dst []uint16, x []float32) uint32 { return splitRow3AMX(&dst[0], &x[0], len(x)) }

func roundRowNative(dst []uint16, x []float32) { roundRowAMX(&dst[0], &x[0], len(x)) }

func widenRowNative(dst []float32, x []uint16) { widenRowAMX(&dst[0], &x[0], len(x)) }

func splitPanelNative(dst []uint16, panel []float32, steps int) {
	splitPanel3AMX(&dst[0], &panel[0], steps)
}

func roundPanelNative(dst []uint16, panel []float32, steps int) {
	splitPanel1AMX(&dst[0], &panel[0], steps)
}

func softmaxHalfNative(dst []uint16, x []float32, scale float32) {
	softmaxHalfAMX(&dst[0], &x[0], len(x), scale)
}

func pairRowsNative(dst, x []uint16, ld, pairs, n int) {
	if pairs > 0 {
		pairRowsAMX(&dst[0], &x[0], ld, pairs, n)
	}
}

func geluHalfNative(dst, x []float32) { geluHalfAMX(&dst[0], &x[0], len(x)) }

// bfloat16Tiles lets each panel meet all rows, block of K by block, while the next one is fetched.
func bfloat16Tiles(m, n int, a []BFloat16Rows, r0 int, w *BFloat16Weights, j0 int, out *BFloat16Out, room *Room) {
	var carry []float32
	if len(a) > 1 {
		carry = room.carried(m)
	}
	for j := 0; j < n; j += bfloat16Panel {
		for b := range a {
			last := b == len(a)-1
			t := room.tile(2*a[b].stride, steps(a[b].k), bfloat16Panel, Epilogue{})
			if b > 0 {
				t.flags |= haveC
			}
			if last {
				t.ends(out)
			}
			panel := w.panel(j0+j, a[b].k0)
			t.b = (*float32)(unsafe.Pointer(&panel[0]))
			t.later, t.fetch = &panel[0], 0
			// What follows in memory is the next block of K of this panel, or the first one of the next.
			if next := steps(a[b].k) * bfloat16Part; len(panel) > next {
				t.later, t.fetch = &panel[next], 8*steps(a[b].k)
			}
			for i := 0; i < m; i += t.rows * t.all {
				if last {
					t.endAt(i, j, m, n, out)
				} else {
					t.place(i, 0, m, bfloat16Panel, carry, bfloat16Panel, Epilogue{})
				}
				t.a = (*float32)(unsafe.Pointer(&a[b].data[(r0+i)*a[b].stride]))
				if b > 0 {
					t.carry = &carry[i*bfloat16Panel]
				}
				bfloat16AMX(&t)
			}
		}
	}
}

// ends notes what out says of all blocks.
func (t *tileAMX) ends(out *BFloat16Out) {
	t.ldc, t.ldres = 4*out.Ld, 4*out.LdRes
	if out.Half != nil {
		t.flags |= toHalf
		t.ldc = 2 * out.Ld
	}
	switch {
	case out.Res != nil:
		t.flags |= haveRes
	case out.HalfRes != nil:
		t.flags |= haveHalfRes
		t.ldres = 2 * out.LdRes
	}
	if out.Bias != nil {
		t.flags |= haveBias
	}
	if out.GELU {
		t.flags |= haveGELU
	}
}

// endAt is place for what out names.
func (t *tileAMX) endAt(i, j, m, n int, out *BFloat16Out) {
	t.at(i, j, m, n)
	if out.Half != nil {
		t.c = (*float32)(unsafe.Pointer(&out.Half[i*out.Ld+j]))
	} else {
		t.c = &out.C[i*out.Ld+j]
	}
	switch {
	case out.Res != nil:
		t.res = &out.Res[i*out.LdRes+j]
	case out.HalfRes != nil:
		t.res = (*float32)(unsafe.Pointer(&out.HalfRes[i*out.LdRes+j]))
	}
	if out.Bias != nil {
		t.bias = &out.Bias[j]
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
	splitPanelNative(b.parts, first, 1)
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
		splitPanelNative(b.parts[whole*Float32Parts*bfloat16Part:], room.tail[:], 1)
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
