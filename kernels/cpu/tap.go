package cpu

import (
	"sync"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// runTaps lets every tap read activations a [rows, f]. A chunk of work owns a range of neurons and walks all rows, so accumulators need
// no merging; one tap after the other reads it while it is in the second cache.
func (b *Backend) runTaps(op string, taps []*engine.Tap, a []float32, rows, f int) {
	if len(taps) == 0 {
		return
	}
	s := b.pool.scratch()
	for _, t := range taps {
		s.taps.add().start(op, b.k, t, a, f)
	}
	j := b.job()
	j.taps = s.taps.runs
	j.split(f, 16, 2*rows*len(taps), func(j *job, lo, hi int, s *scratch) {
		for i := range j.taps {
			j.taps[i].neurons(lo, hi, s)
		}
	})
	s.taps.end()
	b.pool.putBack(s)
}

// tapping is the taps of one call; its memory serves again.
type tapping struct{ runs []tapRun }

func (t *tapping) add() *tapRun {
	if n := len(t.runs); n < cap(t.runs) {
		t.runs = t.runs[:n+1]
	} else {
		t.runs = append(t.runs, tapRun{})
	}
	return &t.runs[len(t.runs)-1]
}

// end reports what went wrong, and lets go of the taps.
func (t *tapping) end() {
	for i := range t.runs {
		r := &t.runs[i]
		if r.bad != "" {
			r.Report(r.bad)
		}
		*r = tapRun{groups: r.groups[:0], read: r.read[:0], flip: r.flip[:0], order: r.order[:0], first: r.first[:0]}
	}
	t.runs = t.runs[:0]
}

// tapRun is one tap reading one batch.
type tapRun struct {
	*engine.Tap
	k      *simd.Set
	a      []float32
	f      int
	read   []int32    // rows that are read, those of one group together and ascending
	groups []tapGroup // by slot with PoolNone, else what is pooled
	flip   []int32    // TapCount: -1 where the label is 0, for each of read (PoolNone) or of groups
	order  []int32    // with pooling: 0, 1, … for as many as there are groups
	first  []int32    // with pooling: the first row of each group
	acc    []int64
	thr    []float32
	out    []float32
	single bool // out holds one neuron

	mu    sync.Mutex
	bad   string
	badAt int
}

// tapGroup is rows read[lo:hi], all of one slot.
type tapGroup struct{ slot, lo, hi int }

func (r *tapRun) start(op string, k *simd.Set, t *engine.Tap, a []float32, f int) {
	r.Tap, r.k, r.a, r.f = t, k, a, f
	if t.Pool == engine.PoolNone {
		r.bySlot()
	} else {
		r.byNeighbours()
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
}

// bySlot gathers the rows of each slot.
func (r *tapRun) bySlot() {
	for s := range r.Slots {
		r.groups = append(r.groups, tapGroup{slot: s})
	}
	for _, s := range r.Slot {
		if s >= 0 {
			r.groups[s].hi++
		}
	}
	n := 0
	for i := range r.groups {
		g := &r.groups[i]
		count := g.hi
		g.lo, g.hi = n, n
		n += count
	}
	r.read, r.flip = grow(r.read, n), grow(r.flip, n)
	for row, s := range r.Slot {
		if s < 0 {
			continue
		}
		g := &r.groups[s]
		r.read[g.hi] = int32(row)
		if r.Kind == engine.TapCount {
			r.flip[g.hi] = r.Label[row] - 1
		}
		g.hi++
	}
}

// byNeighbours gathers neighbours of one slot, but for rows between them that are not read.
func (r *tapRun) byNeighbours() {
	for row, s := range r.Slot {
		if s < 0 {
			continue
		}
		r.read = append(r.read, int32(row))
		if n := len(r.groups); n > 0 && r.groups[n-1].slot == int(s) {
			r.groups[n-1].hi++
			continue
		}
		r.order, r.first = append(r.order, int32(len(r.groups))), append(r.first, int32(row))
		r.groups = append(r.groups, tapGroup{slot: int(s), lo: len(r.read) - 1, hi: len(r.read)})
		if r.Kind == engine.TapCount {
			r.flip = append(r.flip, r.Label[s]-1)
		}
	}
}

// grow is x with n elements of any content.
func grow(x []int32, n int) []int32 {
	if cap(x) < n {
		return make([]int32, n)
	}
	return x[:n]
}

// neurons reads columns [lo, hi).
func (r *tapRun) neurons(lo, hi int, s *scratch) {
	if r.single {
		if r.Neuron < lo || r.Neuron >= hi {
			return
		}
		lo, hi = r.Neuron, r.Neuron+1
	}
	if len(r.read) == 0 {
		return
	}
	v := tapValues{x: r.a[lo:], ld: r.f, lo: lo, n: hi - lo}
	if r.Pool == engine.PoolNone {
		for _, g := range r.groups {
			v.rows, v.at = r.read[g.lo:g.hi], r.read[g.lo:g.hi]
			switch r.Kind {
			case engine.TapSum:
				r.sum(v, g.slot, s)
			case engine.TapCount:
				r.count(v, g.slot, r.flip[g.lo:g.hi], s)
			default:
				for i, row := range v.rows {
					r.copy(v.row(row), v.at[i], g.slot, lo)
				}
			}
		}
		return
	}
	pooled := tapValues{x: s.get(slotRow, len(r.groups)*v.n), ld: v.n, rows: r.order, at: r.first, lo: lo, n: v.n}
	for i, g := range r.groups {
		v.rows, v.at = r.read[g.lo:g.hi], r.read[g.lo:g.hi]
		r.pool(pooled.row(int32(i)), v, s)
	}
	switch r.Kind {
	case engine.TapSum:
		r.sum(pooled, 0, s)
	case engine.TapCount:
		r.count(pooled, 0, r.flip, s)
	default:
		for i, g := range r.groups {
			r.copy(pooled.row(int32(i)), r.first[i], g.slot, lo)
		}
	}
}
