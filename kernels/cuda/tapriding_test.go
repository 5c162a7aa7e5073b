// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// TestTapsRide: taps in a product's epilogue take in what taps that read its result do, over several tiles, in every precision, with sums that do not fit and
// values that cannot be summed.
func TestTapsRide(t *testing.T) {
	const rows, k, f, slots = 300, 3, 133, 5
	r := rand.New(rand.NewPCG(5, 6))
	slot, label := make([]int32, rows), make([]int32, rows)
	for i := range slot {
		slot[i], label[i] = r.Int32N(slots+1)-1, r.Int32N(2)
		if i > 0 && i%4 > 0 {
			slot[i] = slot[i-1]
		}
	}
	type outcome struct {
		acc [2][]int64
		out []float32
		bad string
	}
	run := func(be *Backend, large float32) (o outcome) {
		x := bench{t, be, rand.New(rand.NewPCG(7, 8))}
		from, w, a := x.put(engine.Activations, rows, k), x.put(engine.Weights, f, k), x.put(engine.Activations, rows, f)
		if large != 0 {
			be.Fill(from.Slice(100, 160), large)
			be.Fill(from.Slice(290, 291), float32(math.NaN()))
		}
		out := x.put(engine.Activations, slots, f)
		taps := []*engine.Tap{
			{Kind: engine.TapSum},
			{Kind: engine.TapCount, Label: label, Threshold: x.put(engine.Activations, slots, f)},
			{Kind: engine.TapCopy, Out: out},
			{Kind: engine.TapCopy, Out: x.put(engine.Activations, slots, 1), Neuron: f - 2},
		}
		for _, tap := range taps {
			tap.Slot, tap.Slots = slot, slots
			if tap.Kind == engine.TapCopy {
				continue
			}
			b, err := be.Alloc(engine.I64, slots*f, engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { be.Free(b) })
			tap.Acc = engine.Whole(b, slots, f)
			be.Zero(tap.Acc)
		}
		for range 2 {
			be.FFNUp(a, engine.Tensor{}, from, w, engine.Tensor{}, nil, taps)
		}
		for i, tap := range taps {
			if i < 2 {
				o.acc[i] = make([]int64, slots*f)
				be.DownloadInts(o.acc[i], tap.Acc)
			} else {
				o.out = append(o.out, x.read(tap.Out)...)
			}
			if err := tap.Err(); err != nil {
				o.bad += err.Error() + "\n"
			}
		}
		return o
	}
	for name, open := range testDevices(t) {
		for _, precision := range []string{"", "_tf32", "_bf16"} {
			for _, large := range []float32{0, 3000, 12e7} {
				be := &Backend{dev: counted{open(), map[string]int{}}, tensor: precision}
				got := run(be, large)
				all := mostRidingRows
				mostRidingRows = rows - 1
				want := run(be, large)
				mostRidingRows = all
				same := func(a, b float32) bool { return a == b || a != a && b != b }
				if !slices.Equal(got.acc[0], want.acc[0]) || !slices.Equal(got.acc[1], want.acc[1]) || !slices.EqualFunc(got.out, want.out, same) {
					t.Errorf("%s%s, some values of %v: taps that ride differ from those that do not", name, precision, large)
				}
				if got.bad != want.bad {
					t.Errorf("%s%s, some values of %v: taps that ride say\n%swant\n%s", name, precision, large, got.bad, want.bad)
				}
				if nan := strings.Contains(got.bad, "NaN"); nan != (large != 0) || strings.Contains(got.bad, "overflows") != (large == 12e7) {
					t.Errorf("%s%s, some values of %v: taps say %q", name, precision, large, got.bad)
				}
			}
		}
	}
}
