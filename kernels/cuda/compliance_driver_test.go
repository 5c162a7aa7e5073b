// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda && !cudaemu

package cuda

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/mumax/3/cuda/cu"

	"github.com/skillneuron/skillneuron/engine"
)

// testDevices is the first card; a machine without one skips the test.
func testDevices(t testing.TB) map[string]func() device {
	dev, err := openDevice(0)
	if err != nil {
		t.Skipf("this machine has no CUDA device: %v", err)
	}
	return map[string]func() device{"card": func() device { return dev }}
}

func TestDriverErrors(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, open := range testDevices(t) {
		dev := open()
		if err := dev.enter(); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			do   func() error
			want string
		}{
			"a device that is not there": {func() error { _, err := openDevice(999); return err }, "the last is cuda:"},
			"no such kernel":             {func() error { return dev.launch("no_such_kernel", grid{1, 1, 1}, 32, []uint64{0}) }, "kernel no_such_kernel"},
			"too much memory":            {func() error { _, err := dev.alloc(1 << 60); return err }, "memory"},
			"memory of nobody":           {func() error { return dev.free(12345, 1) }, "freeing memory"},
		} {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want an error with %q", what, err, c.want)
			}
		}
		if err := dev.sync(); err != nil {
			t.Errorf("after errors of calls: %v", err)
		}
	}
}

// TestDriverHasEveryKernel: each kernel of the list is in the module.
func TestDriverHasEveryKernel(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, open := range testDevices(t) {
		c := open().(*card)
		for _, k := range kernelsIn(kernelList, `ENTRY\((\w+)\)`) {
			if dynamicShared(k) > 0 && !c.hopper() {
				continue
			}
			if err := try(k, func() { c.ctx.SetCurrent(); c.module.GetFunction(k) }); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestGraphs: a list of commands that comes again runs as a graph, with other tables too, and has the bits of its launches one by one; the bound holds.
func TestGraphs(t *testing.T) {
	for _, open := range testDevices(t) {
		dev := open().(*card)
		be := &Backend{dev: dev}
		const rows, width = 40, 24
		tensor := func(rows, cols int) engine.Tensor {
			b, err := be.Alloc(engine.F32, rows*cols, engine.Weights)
			if err != nil {
				t.Fatal(err)
			}
			return engine.Whole(b, rows, cols)
		}
		w, x, y := tensor(width, width), tensor(rows, width), tensor(rows, width)
		numbers := make([]float32, width*width)
		for i := range numbers {
			numbers[i] = float32(i%7) / 8
		}
		be.Upload(w, numbers)
		step := func(turn, n int) []float32 {
			pick := make([]int32, n)
			for i := range pick {
				pick[i] = int32((i*turn + 3) % width)
			}
			be.Gather(x.Slice(0, n), w, pick)
			for range 8 {
				be.Linear(y.Slice(0, n), x.Slice(0, n), w, engine.Tensor{}, engine.Tensor{})
				be.GELU(x.Slice(0, n), y.Slice(0, n))
			}
			out := make([]float32, n*width)
			be.Download(out, x.Slice(0, n))
			return out
		}
		var got [2][]float32
		for off := range got {
			dev.graphs.off, dev.graphs.runs = off == 1, 0
			for turn := range 12 {
				got[off] = append(got[off], step(turn, rows-turn%2)...)
			}
			if err := be.Sync(); err != nil {
				t.Fatal(err)
			}
			if on := off == 0; on && dev.graphs.runs < 8 || !on && dev.graphs.runs > 0 {
				t.Errorf("%d of 12 steps ran as graphs, switched off: %v", dev.graphs.runs, !on)
			}
		}
		if !slices.Equal(got[0], got[1]) {
			t.Error("graphs have other bits")
		}
		dev.graphs.off = false
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := dev.enter(); err != nil {
			t.Fatal(err)
		}
		was := len(dev.graphs.ready)
		if err := dev.makeRoom(mostGraphs); err != nil || was == 0 || len(dev.graphs.ready) > 0 || dev.graphs.words != 0 {
			t.Errorf("of %d graphs %d are left, of %d words: %v", was, len(dev.graphs.ready), dev.graphs.words, err)
		}
	}
}

// TestCaptureRules: a call that a capture forbids fails, and no graph comes of it.
func TestCaptureRules(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, open := range testDevices(t) {
		c := open().(*card)
		if err := c.enter(); err != nil {
			t.Fatal(err)
		}
		at, err := c.alloc(64)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := capture(c.compute, func() error { return c.sync() }); err == nil {
			t.Error("a stream that is captured can be waited for")
		}
		g, err := capture(c.compute, func() error { return c.zero(at, 64) })
		if err == nil {
			err = errors.Join(launchGraph(g, c.compute), c.sync(), destroyGraph(g))
		}
		if err != nil {
			t.Errorf("after that, a capture that does nothing forbidden: %v", err)
		}
		if err := try("copy", func() { cu.MemcpyHtoDAsync(cu.DevicePtr(at), unsafe.Pointer(&notPinned[0]), 64, c.compute) }); err == nil && strings.Contains(os.Getenv("LD_LIBRARY_PATH"), "emulated") {
			t.Error("the emulated driver copies memory that is not pinned")
		}
		if err := c.sync(); err != nil {
			t.Error(err)
		}
	}
}

// notPinned is memory that a driver cannot copy from by itself.
var notPinned [64]byte
