package cpu

import (
	"fmt"
	"sync"

	"github.com/skillneuron/skillneuron/engine"
)

// runTaps lets every tap read activations a [rows, f]. Each worker owns a range of neurons and walks all rows, so accumulators need
// no merging and keep the order of rows.
func (b *Backend) runTaps(op string, taps []*engine.Tap, a []float32, rows, f int) {
	for _, t := range taps {
		t.Check(op, rows, f)
		r := newTapRun(op, t, a, rows, f)
		b.pool.split(f, 16, 8*rows, func(lo, hi int, s *scratch) { r.neurons(lo, hi, s) })
		if r.bad != "" {
			t.Report(r.bad)
		}
	}
}

// tapRun is one tap reading one batch.
type tapRun struct {
	*engine.Tap
	a      []float32
	f      int
	groups []tapGroup
	acc    []int64
	thr    []float32
	out    []float32
	single bool // out holds one neuron

	mu    sync.Mutex
	bad   string
	badAt int
}

// tapGroup is the rows that become one value. With pooling they are neighbours of one slot, but for rows that are not read.
type tapGroup struct {
	rows  []int32
	slot  int
	label bool
}

func newTapRun(op string, t *engine.Tap, a []float32, rows, f int) *tapRun {
	r := &tapRun{Tap: t, a: a, f: f}
	read := make([]int32, 0, rows)
	for i, slot := range t.Slot {
		if slot < 0 {
			continue
		}
		read = append(read, int32(i))
		n := len(r.groups)
		if t.Pool != engine.PoolNone && n > 0 && r.groups[n-1].slot == int(slot) {
			g := &r.groups[n-1]
			g.rows = read[len(read)-1-len(g.rows):]
			continue
		}
		g := tapGroup{rows: read[len(read)-1:], slot: int(slot)}
		if t.Kind == engine.TapCount {
			if t.Pool == engine.PoolNone {
				g.label = t.Label[i] == 1
			} else {
				g.label = t.Label[slot] == 1
			}
		}
		r.groups = append(r.groups, g)
	}
	switch t.Kind {
	case engine.TapCopy:
		r.out = out(op, t.Out)
		r.single = t.Out.Cols != f
	case engine.TapCount:
		r.thr = in(op, t.Threshold)
		r.acc = ints(op, t.Acc)
	default:
		r.acc = ints(op, t.Acc)
	}
	return r
}

// neurons reads columns [lo, hi).
func (r *tapRun) neurons(lo, hi int, s *scratch) {
	if r.single {
		if r.Neuron < lo || r.Neuron >= hi {
			return
		}
		lo, hi = r.Neuron, r.Neuron+1
	}
	pooled := s.get(slotRow, hi-lo)
	for i := range r.groups {
		g := &r.groups[i]
		v := r.value(g, lo, hi, pooled, s)
		row := g.slot
		if r.Pool != engine.PoolNone && r.Kind != engine.TapCopy {
			row = 0
		}
		switch r.Kind {
		case engine.TapSum:
			r.sum(r.acc[row*r.f+lo:row*r.f+hi], v, g, lo)
		case engine.TapCount:
			r.count(r.acc[row*r.f+lo:row*r.f+hi], r.thr[row*r.f+lo:row*r.f+hi], v, g, lo)
		default:
			r.copy(v, g, lo)
		}
	}
}

// value is what the group becomes: its only row, or the pooled rows.
func (r *tapRun) value(g *tapGroup, lo, hi int, pooled []float32, s *scratch) []float32 {
	if r.Pool == engine.PoolNone {
		row := int(g.rows[0]) * r.f
		return r.a[row+lo : row+hi]
	}
	if r.Pool == engine.PoolMax {
		for k, i := range g.rows {
			x := r.a[int(i)*r.f+lo : int(i)*r.f+hi]
			for c, v := range x {
				if k == 0 || v > pooled[c] || v != v {
					pooled[c] = v
				}
			}
		}
		return pooled
	}
	sums := s.ints(hi - lo)
	clear(sums)
	for _, i := range g.rows {
		r.addFixed(sums, r.a[int(i)*r.f+lo:int(i)*r.f+hi], int(i), lo)
	}
	for c, v := range sums {
		pooled[c] = engine.FixedMean(v, int64(len(g.rows)))
	}
	return pooled
}

func (r *tapRun) sum(acc []int64, v []float32, g *tapGroup, lo int) {
	r.addFixed(acc, v, int(g.rows[0]), lo)
}

// addFixed is acc += fixed point of v; what cannot be added is noted and leaves acc as it was.
func (r *tapRun) addFixed(acc []int64, v []float32, row, lo int) {
	acc = acc[:len(v)]
	for c, x := range v {
		y, ok := engine.Fixed(x)
		if !ok {
			r.note(row, lo+c, fmt.Sprintf("neuron %d is %v at row %d", lo+c, x, row))
			continue
		}
		sum := acc[c] + y
		// the sum of two numbers of one sign has another sign: it wrapped around
		if (acc[c]^sum)&(y^sum) < 0 {
			r.note(row, lo+c, fmt.Sprintf("the sum of neuron %d overflows at row %d", lo+c, row))
			continue
		}
		acc[c] = sum
	}
}

func (r *tapRun) count(acc []int64, thr, v []float32, g *tapGroup, lo int) {
	acc, thr = acc[:len(v)], thr[:len(v)]
	for c, x := range v {
		if (x > thr[c]) == g.label {
			acc[c]++
		}
		r.finite(x, g, lo+c)
	}
}

func (r *tapRun) copy(v []float32, g *tapGroup, lo int) {
	if r.single {
		r.out[g.slot] = v[0]
	} else {
		copy(r.out[g.slot*r.f+lo:], v)
	}
	for c, x := range v {
		r.finite(x, g, lo+c)
	}
}

func (r *tapRun) finite(x float32, g *tapGroup, neuron int) {
	if !(x-x == 0) {
		r.note(int(g.rows[0]), neuron, fmt.Sprintf("neuron %d is %v at row %d", neuron, x, g.rows[0]))
	}
}

// note keeps the first fault in the order of elements, whichever worker met it first.
func (r *tapRun) note(row, neuron int, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := row*r.f + neuron; r.bad == "" || at < r.badAt {
		r.bad, r.badAt = what, at
	}
}
