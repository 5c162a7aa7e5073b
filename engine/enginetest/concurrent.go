package enginetest

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testConcurrent lets many goroutines use one backend and one set of weights, from the first product on, and wants of each what one alone gets.
func testConcurrent(t *testing.T, be engine.Backend) {
	const goroutines, rounds, h, f = 8, 5, 48, 130
	r := stream(95)
	p := newPlace(t, be)
	p.use = engine.Weights
	w1m, w2m := weight(r, f, h), weight(r, h, f)
	b1, gamma := p.put(normal(r, 1, f, 1)), p.alloc(1, h, 1)
	lengths := []int{1, 9, 30, 4}
	off := offsets(lengths...)
	rows := int(off[len(off)-1])
	inputs := make([]*engine.Mat, goroutines)
	for i := range inputs {
		inputs[i] = normal(r, rows, h, 1)
	}
	run := func(a *engine.Arena, w1, w2 engine.Tensor, x *engine.Mat) ([]float32, error) {
		a.Reset()
		xt, kv := a.New(rows, h), a.Zeros(rows, 2*h)
		be.Upload(xt, narrow(x.V))
		u, y, att, dx := a.New(rows, f), a.New(rows, h), a.New(rows, h), a.Zeros(rows, f)
		acc := stored(t, be, engine.I64, engine.Activations, 1, f, 0, nil)
		be.Zero(acc)
		tap := &engine.Tap{Kind: engine.TapSum, Slot: make([]int32, rows), Slots: 1, Acc: acc}
		be.FFNUp(u, engine.Tensor{}, xt, w1, b1, nil, []*engine.Tap{tap})
		be.Linear(y, u, w2, engine.Tensor{}, xt)
		be.LayerNorm(y, y, gamma, gamma, 1e-5)
		be.Copy(kv.Reshape(2*rows, h).Slice(0, rows), y)
		be.Attention(att, y, kv, engine.Ragged{QOff: off, KVOff: off, Heads: 3})
		be.LinearGradX(dx, att, w2)
		sums := make([]int64, f)
		be.DownloadInts(sums, acc)
		all := append(download(be, att), download(be, dx)...)
		for _, v := range sums {
			all = append(all, math.Float32frombits(uint32(v)), math.Float32frombits(uint32(v>>32)))
		}
		return all, errors.Join(be.Sync(), tap.Err())
	}
	want := make([][]float32, goroutines)
	arena := engine.NewArena(be)
	w1, w2 := p.put(w1m), p.put(w2m)
	for i, x := range inputs {
		var err error
		if want[i], err = run(arena, w1, w2, x); err != nil {
			t.Fatal(err)
		}
	}
	arena.Free()

	w1, w2 = p.put(w1m), p.put(w2m)
	var wait sync.WaitGroup
	for i := range goroutines {
		wait.Go(func() {
			arena := engine.NewArena(be)
			defer arena.Free()
			arena.Poison(true)
			for range rounds {
				got, err := run(arena, w1, w2, inputs[i])
				if err != nil {
					t.Error(err)
					return
				}
				for k := range got {
					if math.Float32bits(got[k]) != math.Float32bits(want[i][k]) {
						t.Errorf("goroutine %d: element %d is %v, alone it is %v", i, k, got[k], want[i][k])
						return
					}
				}
			}
		})
	}
	wait.Wait()
}
