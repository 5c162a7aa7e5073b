// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"github.com/skillneuron/skillneuron/engine"
)

// riding is the taps of one call: those without pooling ride in the product's epilogue (tap.cuh), the others read what it has written.
type riding struct {
	table address // of n FusedTaps
	n     int
	taps  []rider
}

// rider is what becomes of one tap.
type rider struct {
	fault address // the word in which kernels note what is wrong
	rides bool
	sum   ridingSum // where it sums
}

// ridingSum is what tap_merge needs of a sum: one chunk a slot.
type ridingSum struct {
	partial, large         address
	rows, first, slotFirst address
}

// mostRidingRows is how many numbers that are summable (tap.cuh) an int64 surely holds.
var mostRidingRows = 1 << 20

// ride brings the taps of activations [m, f] to the device.
func (b *Backend) ride(op string, taps []*engine.Tap, m, f int) riding {
	r := riding{taps: make([]rider, len(taps))}
	if len(taps) == 0 {
		return r
	}
	var table []uint64
	for i, t := range taps {
		r.taps[i].fault = b.faultWord(t, f)
		if t.Pool != engine.PoolNone || m > mostRidingRows {
			continue
		}
		r.taps[i].rides = true
		r.n++
		for _, x := range b.fuse(op, t, &r.taps[i].sum, f) {
			table = append(table, uint64(x))
		}
		table = append(table, uint64(r.taps[i].fault))
	}
	if r.n > 0 {
		r.table = b.tables(raw(table))[0]
	}
	return r
}

// fuse makes a FusedTap, but for its last word.
func (b *Backend) fuse(op string, t *engine.Tap, sum *ridingSum, f int) [8]address {
	neuron := ^address(0)
	switch t.Kind {
	case engine.TapCount:
		p := b.tables(raw(t.Slot), raw(t.Label))
		return [8]address{1, p[0], p[1], b.in(op, t.Threshold), place(op, t.Acc), 0, 0, neuron}
	case engine.TapCopy:
		if t.Out.Cols != f {
			neuron = address(t.Neuron)
		}
		p := b.tables(raw(t.Slot), raw(lastRows(t)))
		return [8]address{2, p[0], p[1], 0, 0, 0, place(op, t.Out), neuron}
	}
	v := bySlot(t)
	first, slotFirst := make([]int32, t.Slots+1), make([]int32, t.Slots+1)
	for _, s := range v.slots {
		first[s+1]++
	}
	for s := range t.Slots {
		first[s+1] += first[s]
		slotFirst[s+1] = int32(s + 1)
	}
	p := b.tables(raw(t.Slot), raw(upTo(v.rows, len(t.Slot), 0)), raw(first), raw(slotFirst))
	n := t.Slots * f
	partial := b.temp(12 * n)
	large := partial + address(8*n)
	b.queue.add(doZero, uint64(partial), uint64(12*n))
	*sum = ridingSum{partial, large, p[1], p[2], p[3]}
	return [8]address{0, p[0], 0, 0, partial, large, 0, neuron}
}

// lastRows marks the last row of each slot, which is the one that a copy keeps.
func lastRows(t *engine.Tap) []int32 {
	last := make([]int32, len(t.Slot))
	seen := make([]bool, t.Slots)
	for row := len(last) - 1; row >= 0; row-- {
		if s := t.Slot[row]; s >= 0 && !seen[s] {
			last[row], seen[s] = 1, true
		}
	}
	return last
}

// arrive completes sums and lets the other taps read activations at a. What could not be taken in is reported when the results come.
func (b *Backend) arrive(op string, taps []*engine.Tap, r riding, a address, f int) {
	for i, t := range taps {
		fault := r.taps[i].fault
		if s := r.taps[i].sum; !r.taps[i].rides {
			b.tap(t, a, f, fault)
		} else if s.partial != 0 {
			g := grid{t.Acc.Rows, blocks(f, columnThreads), 1}
			b.launch("tap_merge", g, columnThreads, pass().at(place(op, t.Acc), s.partial, s.large, a, s.rows, s.rows, s.first, s.slotFirst).ints(f).at(fault))
		}
	}
}
