// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// TestPacksOfCallWithoutMemory: what a call would have packed before it found no memory is not taken for packed, neither a weight, nor a source, nor what it
// would have written; and memory that packs gave back in the call is free in the end.
func TestPacksOfCallWithoutMemory(t *testing.T) {
	for name, open := range testDevices(t) {
		dev := &tight{device: open(), left: 1 << 40}
		be := &Backend{dev: dev, tensor: "_bf16"}
		x := bench{t, be, rand.New(rand.NewPCG(1, 2))}
		const rows, k, f = 140, 64, 1500
		in, w, down, dst := x.put(engine.Activations, rows, k), x.put(engine.Weights, f, k), x.put(engine.Weights, k, f), x.put(engine.Activations, rows, f)
		acc, err := be.Alloc(engine.I64, rows*f, engine.Activations)
		if err != nil {
			t.Fatal(err)
		}
		x.times(x.put(engine.Activations, 3, k), w) // packs of other sizes are there, and scratch
		if be.unusable(w) {
			t.Fatalf("%s: weights that were read are not packed", name)
		}
		be.Upload(w, x.numbers(f*k)) // and a pack that is w's no more
		be.Upload(in, x.numbers(rows*k))
		tap := &engine.Tap{Kind: engine.TapSum, Pool: engine.PoolMean, Slot: make([]int32, rows), Slots: rows, Acc: engine.Whole(acc, 1, f)}
		for r := range tap.Slot {
			tap.Slot[r] = int32(r)
		}
		up := func() (err error) {
			defer engine.Catch(&err)
			be.FFNUp(dst, engine.Tensor{}, in, w, engine.Tensor{}, nil, []*engine.Tap{tap})
			return nil
		}
		if err := be.Sync(); err != nil {
			t.Fatal(err)
		}
		dev.left = be.packBytes(rows, f) + be.packBytes(rows, k) + 1000 // none for the tap's values
		if err := up(); !errors.Is(err, engine.ErrMemory) {
			t.Fatalf("%s: no memory for a tap: %v", name, err)
		}
		for what, y := range map[string]engine.Tensor{"weights": w, "source": in, "destination": dst} {
			if !be.unusable(y) {
				t.Errorf("%s: the %s of a call that was taken back stand as packed", name, what)
			}
		}
		if len(be.retired) > 0 || len(be.kept) > 0 {
			t.Errorf("%s: %d pieces of memory are retired and %d packs kept after a call without memory", name, len(be.retired), len(be.kept))
		}
		dev.left = 1 << 40
		if err := errors.Join(up(), be.Sync()); err != nil {
			t.Fatal(err)
		}
		if got, want := x.times(dst, down), x.anew(dst, down); !slices.Equal(got, want) {
			t.Errorf("%s: after a call that was taken back, products of its destination have other bits", name)
		}
		several := func() {
			for range keptPacks {
				for _, n := range []int{1, rows} {
					be.FFNUp(dst.Slice(0, n), engine.Tensor{}, in.Slice(0, n), w, engine.Tensor{}, nil, nil)
				}
			}
		}
		several()
		free := dev.left
		several()
		if err := be.Sync(); err != nil || dev.left < free {
			t.Errorf("%s: packs that were there take %d bytes more (%v)", name, free-dev.left, err)
		}
		be.Free(acc)
	}
}

// TestAllocTakesCaches: a buffer may take what is kept for calls to come.
func TestAllocTakesCaches(t *testing.T) {
	for name, open := range testDevices(t) {
		dev := &tight{device: open(), left: 1 << 40}
		be := &Backend{dev: dev, tensor: "_bf16"}
		x := bench{t, be, rand.New(rand.NewPCG(3, 4))}
		w, in := x.put(engine.Weights, 64, 64), x.put(engine.Activations, 300, 64)
		want := x.times(in, w)
		size := 0
		for _, p := range be.kept {
			size += p.size
		}
		if size == 0 {
			t.Fatalf("%s: nothing is kept", name)
		}
		dev.left = 16
		b, err := be.Alloc(engine.F32, size/4, engine.Activations)
		if err != nil {
			t.Fatalf("%s: %d bytes are kept, and a buffer of as many cannot be had: %v", name, size, err)
		}
		be.Free(b)
		dev.left = 1 << 40
		if !slices.Equal(x.times(in, w), want) {
			t.Errorf("%s: other bits after that", name)
		}
	}
}

// unusable reports whether t would be packed anew.
func (b *Backend) unusable(t engine.Tensor) bool {
	_, ok := b.findPack(t.Buf.(*buffer), t)
	return !ok
}
