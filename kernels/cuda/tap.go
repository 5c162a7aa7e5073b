// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

// tapRows is what a tap reads of one batch, for the device.
type tapRows struct {
	rows   []int32 // of the values
	at     []int32 // the rows of the batch that they are, for messages
	labels []int32 // TapCount: of each value
	slots  []int32 // of each value; values of one accumulator row stand together
}

// chunkRows is the number of values that one thread of tap_sum and tap_count takes in.
const chunkRows = 128

func checkTap(op string, t *engine.Tap) {
	switch t.Kind {
	case engine.TapCopy:
		out(op, t.Out)
	case engine.TapCount:
		floats(op, t.Threshold)
		ints(op, t.Acc)
	default:
		ints(op, t.Acc)
	}
}

// tap lets a tap read activations at a.
func (b *Backend) tap(t *engine.Tap, a address, f int, fault address) {
	const op = "tap"
	var v tapRows
	if t.Pool == engine.PoolNone {
		v = bySlot(t)
	} else {
		v, a = b.pooled(t, a, f, fault)
	}
	n := len(v.rows)
	if n == 0 {
		return
	}
	across := blocks(f, columnThreads)
	most := bucket(n)
	if t.Kind == engine.TapCopy {
		neuron := -1
		if t.Out.Cols != f {
			neuron, across = t.Neuron, 1
		}
		p := b.tables(raw(upTo(v.rows, most, -1)), raw(v.at), raw(lastOfSlot(v.slots)))
		b.launch("tap_copy", grid{most, across, 1}, columnThreads, pass().at(place(op, t.Out), a, p[0], p[1], p[2]).ints(neuron, f).at(fault))
		return
	}
	slots := t.Acc.Rows
	first, chunkSlots, slotFirst := chunks(v.slots, slots)
	most = most/chunkRows + min(slots, most) // chunks; those beyond have no rows
	first, chunkSlots = upTo(first, most+1, int32(n)), upTo(chunkSlots, most, 0)
	p := b.tables(raw(v.rows), raw(v.at), raw(v.labels), raw(first), raw(chunkSlots), raw(slotFirst))
	partial := b.temp(8 * len(chunkSlots) * f)
	g := grid{len(chunkSlots), across, 1}
	if t.Kind == engine.TapSum {
		b.launch("tap_sum", g, columnThreads, pass().at(partial, a, p[0], p[3]).ints(f))
	} else {
		thresholds := b.in(op, t.Threshold)
		b.launch("tap_count", g, columnThreads, pass().at(partial, a, p[0], p[1], p[2], p[3], p[4], thresholds).ints(f).at(fault))
	}
	b.launch("tap_merge", grid{slots, across, 1}, columnThreads, pass().at(place(op, t.Acc), partial, 0, a, p[0], p[1], p[3], p[5]).ints(f).at(fault))
}

// bySlot lists the rows that are read, those of a slot together and ascending.
func bySlot(t *engine.Tap) tapRows {
	next := make([]int, t.Slots+1)
	for _, s := range t.Slot {
		if s >= 0 {
			next[s+1]++
		}
	}
	for s := range t.Slots {
		next[s+1] += next[s]
	}
	n := next[t.Slots]
	v := tapRows{rows: make([]int32, n), slots: make([]int32, n)}
	if t.Kind == engine.TapCount {
		v.labels = make([]int32, n)
	}
	for row, s := range t.Slot {
		if s < 0 {
			continue
		}
		i := next[s]
		next[s]++
		v.rows[i], v.slots[i] = int32(row), s
		if v.labels != nil {
			v.labels[i] = t.Label[row]
		}
	}
	v.at = v.rows
	return v
}

// pooled makes one row of values of neighbours of one slot, but for rows between them that are not read.
func (b *Backend) pooled(t *engine.Tap, a address, f int, fault address) (tapRows, address) {
	var v tapRows
	var read, first []int32
	last := int32(-1)
	for row, s := range t.Slot {
		if s < 0 {
			continue
		}
		if s != last || len(first) == 0 {
			first, last = append(first, int32(len(read))), s
			v.rows, v.at = append(v.rows, int32(len(v.rows))), append(v.at, int32(row))
			if t.Kind == engine.TapCount {
				v.labels = append(v.labels, t.Label[s])
			}
			if t.Kind == engine.TapCopy {
				v.slots = append(v.slots, s)
			} else {
				v.slots = append(v.slots, 0)
			}
		}
		read = append(read, int32(row))
	}
	groups := len(first)
	if groups == 0 {
		return v, 0
	}
	n, most := int32(len(read)), bucket(groups)
	p := b.tables(raw(upTo(read, len(t.Slot), 0)), raw(upTo(first, most+1, n)))
	values := b.temp(4 * most * f)
	maximum := 0
	if t.Pool == engine.PoolMax {
		maximum = 1
	}
	b.launch("tap_pool", grid{most, blocks(f, columnThreads), 1}, columnThreads, pass().at(values, a, p[0], p[1]).ints(maximum, f).at(fault))
	return v, values
}

// lastOfSlot is slots with -1 for all but the last value of each, which is the one that stays.
func lastOfSlot(slots []int32) []int32 {
	out := make([]int32, len(slots))
	seen := map[int32]bool{}
	for i := len(slots) - 1; i >= 0; i-- {
		out[i] = slots[i]
		if seen[slots[i]] {
			out[i] = -1
		}
		seen[slots[i]] = true
	}
	return out
}

// chunks cuts values into chunks of one slot: where each begins, and in the end the last ends; its slot; and the first chunk of each slot.
func chunks(slots []int32, n int) (first, chunkSlots, slotFirst []int32) {
	for i, s := range slots {
		if k := len(first); k == 0 || chunkSlots[k-1] != s || int32(i)-first[k-1] == chunkRows {
			first, chunkSlots = append(first, int32(i)), append(chunkSlots, s)
		}
	}
	slotFirst = make([]int32, n+1)
	for _, s := range chunkSlots {
		slotFirst[s+1]++
	}
	for s := range n {
		slotFirst[s+1] += slotFirst[s]
	}
	return append(first, int32(len(slots))), chunkSlots, slotFirst
}

const noFault = ^uint64(0)

// fault is what tap.cu noted, in words.
func fault(x uint64, f int) string {
	at := int(x >> 3)
	row, neuron := at/f, at%f
	if x&7 == 4 {
		return fmt.Sprintf("the sum of neuron %d overflows at row %d", neuron, row)
	}
	return fmt.Sprintf("neuron %d is %s at row %d", neuron, [...]string{"NaN", "+Inf", "-Inf", "beyond 2³⁰"}[x&7], row)
}
