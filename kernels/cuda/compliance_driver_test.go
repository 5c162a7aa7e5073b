// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda && !cudaemu

package cuda

import (
	"strings"
	"testing"
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
