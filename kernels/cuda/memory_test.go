// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"errors"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// tight is a device whose memory has a limit.
type tight struct {
	device
	left int
}

func (t *tight) alloc(bytes int) (address, error) {
	if bytes > t.left {
		return 0, engine.ErrMemory
	}
	t.left -= bytes
	return t.device.alloc(bytes)
}

func (t *tight) free(at address, bytes int) error {
	t.left += bytes
	return t.device.free(at, bytes)
}

// TestCallWithoutMemory: a call that finds no memory for its scratch has done nothing, taps included, and the backend goes on as soon as there is some.
func TestCallWithoutMemory(t *testing.T) {
	for name, open := range testDevices(t) {
		dev := &tight{open(), 1 << 40}
		be := &Backend{dev: dev}
		const rows, k, f = 300, 4, 1500
		tensor := func(d engine.DType, rows, cols int) engine.Tensor {
			b, err := be.Alloc(d, rows*cols, engine.Weights)
			if err != nil {
				t.Fatal(err)
			}
			return engine.Whole(b, rows, cols)
		}
		x, w, dst, acc := tensor(engine.F32, rows, k), tensor(engine.F32, f, k), tensor(engine.F32, rows, f), tensor(engine.I64, rows, f)
		be.Fill(x, 10)
		be.Fill(w, 1)
		tap := &engine.Tap{Kind: engine.TapSum, Slot: make([]int32, rows), Slots: rows, Acc: acc}
		for r := range tap.Slot {
			tap.Slot[r] = int32(r)
		}
		first := &engine.Tap{Kind: engine.TapSum, Slot: make([]int32, rows), Slots: 1, Acc: tensor(engine.I64, 1, f)}
		up := func() (err error) {
			defer engine.Catch(&err)
			be.FFNUp(dst, engine.Tensor{}, x, w, engine.Tensor{}, nil, []*engine.Tap{first, tap})
			return nil
		}
		sum := func() (total int64) {
			for _, a := range []engine.Tensor{first.Acc, acc} {
				x := make([]int64, a.Len())
				be.DownloadInts(x, a)
				for _, v := range x {
					total += v >> 32
				}
			}
			return total
		}
		dev.left = 1 << 20
		if err := up(); !errors.Is(err, engine.ErrMemory) {
			t.Fatalf("%s: no memory for scratch: %v", name, err)
		}
		if _, err := be.Alloc(engine.F32, 1<<24, engine.Activations); !errors.Is(err, engine.ErrMemory) {
			t.Errorf("%s: no memory for a buffer: %v", name, err)
		}
		if err := be.Sync(); err != nil || sum() != 0 {
			t.Errorf("%s: after a call that failed: sum %d, error %v", name, sum(), err)
		}
		dev.left = 1 << 40
		if err := errors.Join(up(), up(), be.Sync()); err != nil {
			t.Fatal(err)
		}
		if got, want := sum(), int64(2*2*rows*f*40); got != want {
			t.Errorf("%s: sum %d, want %d", name, got, want)
		}
	}
}
