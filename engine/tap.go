package engine

import (
	"fmt"
	"math"
)

// TapKind is what a tap does with the activations that it reads.
type TapKind uint8

const (
	TapSum   TapKind = iota // Acc[slot, i] += fixed point of a
	TapCount                // Acc[slot, i] += 1 where (a > Threshold[slot, i]) == (label == 1)
	TapCopy                 // Out[slot] = a
)

// Pool says how rows become values.
type Pool uint8

const (
	PoolNone Pool = iota // every row is a value of its own
	PoolMean             // rows of one slot (neighbours) become their mean
	PoolMax              // rows of one slot (neighbours) become their maximum
)

// Tap reads the activations of one layer, after the edit. With PoolNone, row r counts as Slot[r] and carries Label[r]. With pooling the rows of
// slot s become one value, which carries Label[s]; TapSum and TapCount then have a single row of accumulators.
//
// Sums are int64 fixed point in units of 2⁻³², so that any order and any sharding give the same bits. A NaN, an Inf or an overflow is noted, and
// [Tap.Err] returns it.
type Tap struct {
	Kind      TapKind
	Pool      Pool
	Slot      []int32 // [R], -1: the row is not read
	Slots     int     // slots are 0…Slots-1
	Label     []int32 // TapCount: 0 or 1, one a row (PoolNone) or one a slot
	Threshold Tensor  // TapCount: F32 [slots, F], or [1, F] with pooling
	Acc       Tensor  // TapSum, TapCount: I64 [slots, F], or [1, F] with pooling
	Out       Tensor  // TapCopy: F32 [slots, F], or [slots, 1] with Neuron
	Neuron    int     // TapCopy: the only neuron to copy where Out has one column and F has more
	bad       string
	whole     *Tap // whose rows these are a part of
}

// Narrow is t for rows [lo, hi) of its own alone. What goes wrong is noted on t.
func (t *Tap) Narrow(lo, hi int32) *Tap {
	n := *t
	n.Slot, n.whole = t.Slot[lo:hi], t
	if t.Pool == PoolNone && t.Label != nil {
		n.Label = t.Label[lo:hi]
	}
	return &n
}

// Check panics with a [*Fault] unless t fits activations [rows, f].
func (t *Tap) Check(op string, rows, f int) {
	if len(t.Slot) != rows {
		Fail(op, "tap has slots for %d of %d rows", len(t.Slot), rows)
	}
	for r, s := range t.Slot {
		if s < -1 || int(s) >= t.Slots {
			Fail(op, "tap slot %d of %d at row %d", s, t.Slots, r)
		}
	}
	n := t.Slots
	if t.Pool != PoolNone && t.Kind != TapCopy {
		n = 1
	}
	if t.Kind == TapCopy {
		if t.Out.Rows != n || t.Out.Cols != f && (t.Out.Cols != 1 || t.Neuron < 0 || t.Neuron >= f) {
			Fail(op, "tap copies neuron %d of [%d, %d] into %v", t.Neuron, n, f, t.Out)
		}
		return
	}
	t.Acc.Shape(op, n, f)
	if t.Kind == TapCount {
		t.Threshold.Shape(op, n, f)
		want := rows
		if t.Pool != PoolNone {
			want = t.Slots
		}
		if len(t.Label) != want {
			Fail(op, "tap has %d labels, want %d", len(t.Label), want)
		}
	}
}

// Report notes what went wrong; backends call it, from one goroutine at a time, when they know, at the latest in Sync.
func (t *Tap) Report(what string) {
	if t.whole != nil {
		t.whole.Report(what)
	}
	if t.bad == "" {
		t.bad = what
	}
}

// Err returns what went wrong in any run so far.
func (t *Tap) Err() error {
	if t.bad == "" {
		return nil
	}
	return fmt.Errorf("activations cannot be summed: %s; the weights or the prompt hold values out of range", t.bad)
}

// FixedOne is 1.0 in the fixed point of taps.
const FixedOne = 1 << 32

// Fixed is a in units of 2⁻³², rounded to nearest even; ok is false for NaN, Inf and |a| ≥ 2³⁰.
func Fixed(a float32) (v int64, ok bool) {
	if !(a > -(1<<30) && a < 1<<30) {
		return 0, false
	}
	return int64(math.RoundToEven(float64(a) * FixedOne)), true
}

// FixedMean is sum/n as float32, for a sum in units of 2⁻³².
func FixedMean(sum, n int64) float32 {
	return float32(float64(sum) / float64(n) / FixedOne)
}

// AddFixed is dst += src, of sums in fixed point. It returns the first element whose sum leaves int64, and is then not added; -1 where there is none.
func AddFixed(dst, src []int64) int {
	at := -1
	for i, y := range src {
		sum := dst[i] + y
		if (dst[i]^sum)&(y^sum) < 0 { // two numbers of one sign have a sum of the other: it wrapped around
			if at < 0 {
				at = i
			}
			continue
		}
		dst[i] = sum
	}
	return at
}
