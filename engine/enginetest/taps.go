package enginetest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// tapBatch is activations of several sentences and what taps say of their rows.
type tapBatch struct {
	rows, f, slots int
	a              []float32 // what taps must read
	slot           []int32
}

// testTaps compares every tap with straightforward Go on the activations that the same call returned, over two batches that share accumulators.
func testTaps(t *testing.T, be engine.Backend) {
	for _, f := range []int{1, 17, 61, 200} {
		for _, kind := range []engine.TapKind{engine.TapSum, engine.TapCount, engine.TapCopy} {
			for _, pool := range []engine.Pool{engine.PoolNone, engine.PoolMean, engine.PoolMax} {
				for _, single := range []bool{false, true} {
					if !single || kind == engine.TapCopy {
						testTap(t, be, f, kind, pool, single)
					}
				}
			}
		}
	}
	testTapsTogether(t, be)
	testTapErrors(t, be)
	testPooledNaN(t, be)
}

const tapSlots = 5

func testTap(t *testing.T, be engine.Backend, f int, kind engine.TapKind, pool engine.Pool, single bool) {
	what := fmt.Sprintf("tap kind %d, pool %d, %d neurons, single %v", kind, pool, f, single)
	r := stream(uint64(f))
	accRows, cols := tapSlots, f
	if pool != engine.PoolNone && kind != engine.TapCopy {
		accRows = 1
	}
	tap := &engine.Tap{Kind: kind, Pool: pool, Slots: tapSlots}
	var thr []float32
	switch kind {
	case engine.TapCopy:
		if single {
			cols, tap.Neuron = 1, f-1
		}
		tap.Out = stored(t, be, engine.F32, engine.Activations, tapSlots, cols, 3, make([]float32, tapSlots*cols))
	default:
		tap.Acc = stored(t, be, engine.I64, engine.Activations, accRows, f, 3, nil)
		be.Zero(tap.Acc)
		thr = floats(r, accRows*f, 0.3)
	}
	if kind == engine.TapCount {
		tap.Threshold = stored(t, be, engine.F32, engine.Activations, accRows, f, 1, thr)
	}
	want := make([]int64, accRows*f)
	copies := make([]float32, tapSlots*cols)
	// no row, one row, and rows that nobody reads between the others; slot 3 never occurs
	for batch, slots := range [][]int32{{0, 0, 0, -1, 1, -1, 1, 4}, {-1, 2, 2, 0, 0, 0, 0, 0, 0, 4, -1}, {}, {-1, -1}} {
		tap.Slot = slots
		tap.Label = nil
		if kind == engine.TapCount {
			n := tapSlots
			if pool == engine.PoolNone {
				n = len(slots)
			}
			tap.Label = indices(r, n, 2)
		}
		p := newPlace(t, be)
		a := p.fresh(len(slots), f)
		be.FFNUp(a, engine.Tensor{}, p.put(normal(r, len(slots), 9, 1)), p.put(weight(r, f, 9)), p.put(normal(r, 1, f, 1)), edit(engine.EditMean, len(slots), f, uint64(batch)), []*engine.Tap{tap})
		if err := errors.Join(be.Sync(), tap.Err()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, v := range tapValues(tapBatch{len(slots), f, tapSlots, download(be, a), slots}, pool) {
			for c, x := range v.x {
				at := v.slot*f + c
				if accRows == 1 {
					at = c
				}
				switch kind {
				case engine.TapSum:
					want[at] += int64(math.RoundToEven(math.Ldexp(float64(x), 32)))
				case engine.TapCount:
					label := v.slot
					if pool == engine.PoolNone {
						label = v.row
					}
					if (x > thr[at]) == (tap.Label[label] == 1) {
						want[at]++
					}
				case engine.TapCopy:
					if !single {
						copies[at] = x
					} else if c == tap.Neuron {
						copies[v.slot] = x
					}
				}
			}
		}
	}
	if kind == engine.TapCopy {
		sameBits(t, what, download(be, tap.Out), copies)
		return
	}
	got := make([]int64, len(want))
	be.DownloadInts(got, tap.Acc)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: accumulator %d is %d, want %d", what, i, got[i], want[i])
		}
	}
}

type tapValue struct {
	slot, row int
	x         []float32
}

// tapValues are the values that a pool makes of a batch.
func tapValues(b tapBatch, pool engine.Pool) (values []tapValue) {
	row := func(r int) []float32 { return b.a[r*b.f : (r+1)*b.f] }
	for r, s := range b.slot {
		if s >= 0 && pool == engine.PoolNone {
			values = append(values, tapValue{int(s), r, row(r)})
		}
	}
	if pool == engine.PoolNone {
		return values
	}
	for s := range b.slots {
		v := tapValue{slot: s, x: make([]float32, b.f)}
		n := 0
		sums := make([]int64, b.f)
		for r, slot := range b.slot {
			if int(slot) != s {
				continue
			}
			for c, x := range row(r) {
				sums[c] += int64(math.RoundToEven(math.Ldexp(float64(x), 32)))
				if n == 0 || x > v.x[c] {
					v.x[c] = x
				}
			}
			n++
		}
		if n == 0 {
			continue
		}
		if pool == engine.PoolMean {
			for c, sum := range sums {
				v.x[c] = float32(math.Ldexp(float64(sum)/float64(n), -32))
			}
		}
		values = append(values, v)
	}
	return values
}

// testTapsTogether: several taps ride in one pass, and the activations have the same bits as without.
func testTapsTogether(t *testing.T, be engine.Backend) {
	r := stream(31)
	const rows, k, f = 40, 20, 61
	p := newPlace(t, be)
	x, w := p.put(normal(r, rows, k, 1)), p.put(weight(r, f, k))
	a, b := p.fresh(rows, f), p.fresh(rows, f)
	var taps []*engine.Tap
	slot := make([]int32, rows)
	for i := range slot {
		slot[i] = int32(i / 8)
	}
	for range 3 {
		acc := stored(t, be, engine.I64, engine.Activations, 5, f, 0, nil)
		be.Zero(acc)
		taps = append(taps, &engine.Tap{Kind: engine.TapSum, Slot: slot, Slots: 5, Acc: acc})
	}
	be.FFNUp(a, engine.Tensor{}, x, w, engine.Tensor{}, nil, taps)
	be.FFNUp(b, engine.Tensor{}, x, w, engine.Tensor{}, nil, nil)
	sameBits(t, "activations with taps", download(be, a), download(be, b))
	var first []int64
	for _, tap := range taps {
		got := make([]int64, 5*f)
		be.DownloadInts(got, tap.Acc)
		if first == nil {
			first = got
		}
		for i := range got {
			if got[i] != first[i] || got[i] == 0 {
				t.Fatalf("accumulator %d of several taps is %d, want %d", i, got[i], first[i])
			}
		}
	}
}

// testTapErrors: what cannot be summed is an error, once noted it stays, and rows that are not read do not matter.
func testTapErrors(t *testing.T, be engine.Backend) {
	const f = 33
	run := func(kind engine.TapKind, pool engine.Pool, read bool, repeat int, bad float32) error {
		p := newPlace(t, be)
		x := engine.NewMat(3, 1)
		x.V = []float64{0, float64(bad), 0}
		w := engine.NewMat(f, 1)
		w.V[f-2] = 1
		tap := &engine.Tap{Kind: kind, Pool: pool, Slot: []int32{0, 1, 2}, Slots: 3}
		if !read {
			tap.Slot[1] = -1
		}
		n := 3
		if pool != engine.PoolNone && kind != engine.TapCopy {
			n = 1
		}
		tap.Acc = stored(t, be, engine.I64, engine.Activations, n, f, 0, nil)
		be.Zero(tap.Acc)
		tap.Out, tap.Threshold, tap.Label = p.fresh(3, f), p.alloc(n, f, 0), make([]int32, 3)
		a, xt, wt := p.fresh(3, f), p.put(x), p.put(w)
		for range repeat {
			be.FFNUp(a, engine.Tensor{}, xt, wt, engine.Tensor{}, nil, []*engine.Tap{tap})
		}
		if err := be.Sync(); err != nil {
			t.Fatal(err)
		}
		before := tap.Err()
		be.Zero(xt)
		be.FFNUp(a, engine.Tensor{}, xt, wt, engine.Tensor{}, nil, []*engine.Tap{tap})
		if err := be.Sync(); err != nil {
			t.Fatal(err)
		}
		if (before == nil) != (tap.Err() == nil) {
			t.Errorf("tap error went from %v to %v", before, tap.Err())
		}
		return before
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		kind   engine.TapKind
		pool   engine.Pool
		read   bool
		repeat int
		bad    float32
		want   bool
	}{
		{engine.TapSum, engine.PoolNone, true, 1, nan, true},
		{engine.TapSum, engine.PoolNone, true, 1, inf, true},
		{engine.TapSum, engine.PoolNone, true, 1, 2e9, true},
		{engine.TapSum, engine.PoolNone, true, 1, 1e9, false},
		{engine.TapSum, engine.PoolNone, true, 3, 1e9, true}, // the sum leaves int64
		{engine.TapSum, engine.PoolNone, true, 2, 1e9, false},
		{engine.TapSum, engine.PoolMean, true, 1, nan, true},
		{engine.TapSum, engine.PoolMax, true, 1, inf, true},
		{engine.TapCount, engine.PoolNone, true, 1, nan, true},
		{engine.TapCount, engine.PoolMean, true, 1, inf, true},
		{engine.TapCount, engine.PoolMax, true, 1, nan, true},
		{engine.TapCopy, engine.PoolNone, true, 1, nan, true},
		{engine.TapCopy, engine.PoolMax, true, 1, nan, true},
		{engine.TapCopy, engine.PoolNone, true, 1, 1e30, false},
	} {
		for _, read := range []bool{true, false} {
			// a row that nobody reads cannot be wrong; NaN·0 reaches every neuron of its row only
			err := run(c.kind, c.pool, read, c.repeat, c.bad)
			if want := c.want && read; (err != nil) != want {
				t.Errorf("tap kind %d, pool %d, %v read %v, %d times: error %v, want one: %v", c.kind, c.pool, c.bad, read, c.repeat, err, want)
			} else if err != nil && (!strings.Contains(err.Error(), "neuron") || !strings.Contains(err.Error(), "row 1")) {
				t.Errorf("tap error does not say where: %v", err)
			}
		}
	}
}

// testPooledNaN: a NaN is noted wherever it stands among the rows of its slot.
func testPooledNaN(t *testing.T, be engine.Backend) {
	const f = 33
	for _, pool := range []engine.Pool{engine.PoolMean, engine.PoolMax} {
		for at := range 3 {
			p := newPlace(t, be)
			x := engine.NewMat(3, 1)
			x.V[at] = math.NaN()
			tap := &engine.Tap{Kind: engine.TapCopy, Pool: pool, Slot: []int32{0, 0, 0}, Slots: 1, Out: p.fresh(1, f)}
			be.FFNUp(p.fresh(3, f), engine.Tensor{}, p.put(x), p.alloc(f, 1, 1), engine.Tensor{}, nil, []*engine.Tap{tap})
			if err := be.Sync(); err != nil {
				t.Fatal(err)
			}
			if tap.Err() == nil {
				t.Errorf("pool %d lost the NaN of row %d", pool, at)
			}
		}
	}
}
