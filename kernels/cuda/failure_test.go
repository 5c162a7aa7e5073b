// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// failing is a device that fails when a list of commands is handed to it, or when one is waited for.
type failing struct {
	device
	submits, finishes error
}

func (f *failing) submit(s *slab, words []uint64, kernels []string) error {
	if f.submits != nil {
		return f.submits
	}
	return f.device.submit(s, words, kernels)
}

func (f *failing) finish(s *slab) error {
	return errors.Join(f.device.finish(s), f.finishes)
}

// TestDeviceFails: once a device has failed, every caller that waits for a result hears of it, each time, and nobody is given numbers that an earlier call left: another's
// commands, on which they stand, may have been lost. More memory would not help, so it isn't said to be short of it.
func TestDeviceFails(t *testing.T) {
	cause := fmt.Errorf("kernel x: %w", engine.ErrMemory)
	for name, open := range testDevices(t) {
		for _, when := range []string{"submit", "finish"} {
			t.Run(name+"/"+when, func(t *testing.T) {
				dev := &failing{device: open()}
				be := &Backend{dev: dev}
				buf, err := be.Alloc(engine.F32, 4, engine.Activations)
				if err != nil {
					t.Fatal(err)
				}
				counts, err := be.Alloc(engine.I64, 1, engine.Weights)
				if err != nil {
					t.Fatal(err)
				}
				x := engine.Whole(buf, 1, 4)
				be.Fill(x, 3)
				got := make([]float32, 4)
				if be.Download(got, x); got[0] != 3 || be.Sync() != nil {
					t.Fatalf("before anything has failed: %v", got)
				}
				if when == "submit" {
					dev.submits = cause
				} else {
					dev.finishes = cause
				}
				hears := func(what string, err error) {
					t.Helper()
					if err == nil || errors.Is(err, engine.ErrMemory) {
						t.Errorf("%s: %v, want an error that is not of memory", what, err)
					}
				}
				none := func(what string) {
					t.Helper()
					for _, v := range got {
						if !math.IsNaN(float64(v)) {
							t.Errorf("%s gives %v, want NaN", what, got)
							break
						}
					}
				}
				be.Fill(x, 5)
				mine := be.Fetch(x) // one session's
				be.Fill(x, 7)
				yours := be.Fetch(x) // another's, in a later list
				hears("the first to wait", mine(got))
				none("the first to wait")
				dev.submits, dev.finishes = nil, nil // whatever the device says from now on
				hears("the second to wait", yours(got))
				none("the second to wait")
				hears("a new result", be.Fetch(x)(got))
				none("a new result")
				be.Download(got, x)
				none("a download")
				number := []int64{1}
				be.DownloadInts(number, engine.Whole(counts, 1, 1))
				hears("Sync", be.Sync())
				hears("Sync again", be.Sync())
				_, err = be.Alloc(engine.F32, 1, engine.Weights)
				hears("a new buffer", err)
			})
		}
	}
}

// pinning counts what is pinned.
type pinning struct {
	tight
	blocks int
}

func (p *pinning) pinned(bytes int) ([]byte, error) {
	p.blocks++
	return p.tight.pinned(bytes)
}

// TestTablesWithoutMemory: pinned memory, which is for good, is not taken for tables that find no room on the device; and tables go there as soon as there is.
func TestTablesWithoutMemory(t *testing.T) {
	for name, open := range testDevices(t) {
		for _, left := range []int{0, segmentBytes, 2*segmentBytes - 1} { // the seat, and the first block's place on the device
			dev := &pinning{tight: tight{open(), 1 << 40}}
			be := &Backend{dev: dev}
			buf, err := be.Alloc(engine.F32, 4, engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			x := engine.Whole(buf, 4, 1)
			dev.left = left
			fill := func() (err error) {
				defer engine.Catch(&err)
				be.Fill(x, 2) // whose number of rows is a table
				return nil
			}
			for range 3 {
				if err := fill(); !errors.Is(err, engine.ErrMemory) {
					t.Fatalf("%s: %d bytes are left for tables: %v", name, left, err)
				}
			}
			if dev.blocks > 0 {
				t.Errorf("%s: %d bytes are left: %d blocks of the host's memory are pinned for nothing", name, left, dev.blocks)
			}
			dev.left = 1 << 40
			got := make([]float32, 4)
			if err := fill(); err != nil {
				t.Fatal(err)
			}
			if be.Download(got, x); got[3] != 2 || be.Sync() != nil {
				t.Errorf("%s: once there is memory: %v", name, got)
			}
		}
	}
}
