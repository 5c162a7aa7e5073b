// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cudaemu

package cuda

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"
)

// TestEmulationSeesFaults: what no kernel may do ends the launch with a message that says where.
func TestEmulationSeesFaults(t *testing.T) {
	dev := newEmulated()
	x, err := dev.alloc(4 * 64)
	if err != nil {
		t.Fatal(err)
	}
	tile, err := dev.alloc(packTile)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := dev.alloc(4 * 64 * 128)
	if err != nil {
		t.Fatal(err)
	}
	words, err := dev.alloc(4*256 + 16)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kernel string
		args   *args
		want   string // "": nothing is wrong
	}{
		{"faulty_barrier", pass().ints(64), ""},
		{"faulty_barrier", pass().ints(32), "waits at line"},
		{"faulty_barrier", pass().ints(63), "waits at line"},
		{"faulty_barriers", pass().ints(0), "waits at line"},
		{"faulty_shuffle", pass().at(x), "waits at line"},
		{"faulty_shared", pass().at(x).ints(63), ""},
		{"faulty_shared", pass().at(x).ints(64), "64 elements read or written at 64, in thread 0 of block (0, 0, 0)"},
		{"faulty_shared", pass().at(x).ints(-1), "at -1"},
		{"faulty_shared", pass().at(x), "takes 2 arguments, got 1"},
		{"faulty_copies", pass().at(words).ints(0, 0, 0), ""},
		{"faulty_copies", pass().at(words).ints(1, 0, 0), ""},
		{"faulty_copies", pass().at(words).ints(1, 256, 0), "where a copy has not arrived"}, // of the second group
		{"faulty_copies", pass().at(words).ints(2, 0, 0), "where a copy has not arrived"},
		{"faulty_copies", pass().at(words).ints(0, 0, 1), "not aligned"},
		{"faulty_copies", pass().at(words+4).ints(0, 0, 0), "not aligned"},
		{"faulty_ends", pass().at(words).ints(0), "ends before its copies have arrived"},
		{"faulty_ends", pass().at(words).ints(1), "where another one has not arrived"},
		{"faulty_ring", pass().at(tile).ints(0), ""},
		{"faulty_ring", pass().at(tile).ints(1), "used before it is made"},
		{"faulty_ring", pass().at(tile).ints(2), "where a copy has not arrived"},
		{"faulty_ring", pass().at(tile).ints(3), "of the bytes that it was told of 16 are not on their way"},
		{"faulty_ring", pass().at(tile).ints(4), "which nobody has told of copies"},
		{"faulty_ring", pass().at(tile).ints(5), "where a copy has not arrived"},
		{"faulty_ring", pass().at(tile).ints(6), "block (0, 0, 0) ends before its copies have arrived"},
		{"faulty_ring", pass().at(tile).ints(7), "told of copies before those"},
		{"faulty_ring", pass().at(tile).ints(8), "not aligned"},
		{"faulty_product", pass().at(sums, tile).ints(0, 0), ""},
		{"faulty_product", pass().at(sums, tile).ints(1, 0), "behind no fence"},
		{"faulty_product", pass().at(sums, tile).ints(2, 0), "where a copy has not arrived"},
		{"faulty_product", pass().at(sums, tile).ints(3, 0), "which a product may still read"},
		{"faulty_product", pass().at(sums, tile).ints(4, 0), "which a product may still read"},
		{"faulty_product", pass().at(sums, tile).ints(5, 0), "ends before its products are there"},
		{"faulty_product", pass().at(sums, tile).ints(6, 0), "other descriptors"},
		{"faulty_product", pass().at(sums, tile).ints(0, packTile/16), "shared memory of 4096 elements read or written at"},
		{"faulty_product", pass().at(sums, tile).ints(0, 1<<49), "only the swizzle of 128 bytes"},
		{"no_such_kernel", pass().at(x), "no kernel"},
	} {
		got := func() (what string) {
			defer func() {
				if r := recover(); r != nil {
					what = fmt.Sprint(r)
				}
			}()
			threads := 64
			if c.kernel == "faulty_product" {
				threads = 128
			}
			dev.launch(c.kernel, grid{1, 1, 1}, threads, c.args.box[:c.args.n])
			return ""
		}()
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.kernel, got, c.want)
		}
	}
}

// TestEmulationSharedMemory: a block finds shared memory full of NaN, and a race shows in the order of threads.
func TestEmulationSharedMemory(t *testing.T) {
	run := func(kernel string, blocks int, falling bool) []float32 {
		dev := newEmulated()
		dev.falling = falling
		at, err := dev.alloc(4 * 64)
		if err != nil {
			t.Fatal(err)
		}
		a := pass().at(at)
		if err := dev.launch(kernel, grid{blocks, 1, 1}, 64, a.box[:a.n]); err != nil {
			t.Fatal(err)
		}
		x := make([]float32, 64)
		dev.download(unsafe.Pointer(&x[0]), at, 4*64)
		return x
	}
	if x := run("faulty_stale", 1, false)[63]; x != 1 {
		t.Errorf("shared memory holds %v, want 1", x)
	}
	if x := run("faulty_stale", 2, false)[63]; !math.IsNaN(float64(x)) {
		t.Errorf("a second block finds %v in shared memory, want NaN", x)
	}
	if a, b := run("faulty_race", 1, false), run("faulty_race", 1, true); a[0] == b[0] || a[0] == a[0] {
		t.Errorf("a race went unseen: %v and %v", a[0], b[0])
	}
}

// TestEmulationLoadsMatrices: a lane receives word l%4 of row l/4, and rows that meet in a bank are a fault.
func TestEmulationLoadsMatrices(t *testing.T) {
	dev := newEmulated()
	at, err := dev.alloc(4 * 128)
	if err != nil {
		t.Fatal(err)
	}
	run := func(pitch int) (what string) {
		defer func() {
			if r := recover(); r != nil {
				what = fmt.Sprint(r)
			}
		}()
		a := pass().at(at).ints(pitch)
		dev.launch("faulty_matrices", grid{1, 1, 1}, 32, a.box[:a.n])
		return ""
	}
	for pitch, want := range map[int]string{4: "", 20: "", 16: "meet in a bank", 8: "meet in a bank", 5: "not aligned"} {
		if got := run(pitch); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("rows %d words apart: got %q, want %q", pitch, got, want)
		}
	}
	run(20)
	x := make([]uint32, 128)
	dev.download(unsafe.Pointer(&x[0]), at, 4*128)
	for lane := range 32 {
		for i := range 4 {
			if want := uint32((8*i+lane/4)*20 + lane%4); x[4*lane+i] != want {
				t.Fatalf("lane %d receives word %d of matrix %d, want %d", lane, x[4*lane+i], i, want)
			}
		}
	}
}

// TestEmulationGuardsMemory: the byte behind a buffer (to 16 bytes), and what was freed, cannot be touched. The process that tries ends.
func TestEmulationGuardsMemory(t *testing.T) {
	if os.Getenv("EMULATION_TOUCHES") != "" {
		dev := newEmulated()
		at, err := dev.alloc(4 * 64)
		if err != nil {
			t.Fatal(err)
		}
		n := 64
		switch os.Getenv("EMULATION_TOUCHES") {
		case "behind":
			n++
		case "freed":
			dev.free(at, 4*64)
		}
		a := pass().at(at, at, at).ints(n)
		dev.launch("pointwise_add", grid{1, 1, 1}, 256, a.box[:a.n])
		return
	}
	for what, ends := range map[string]bool{"inside": false, "behind": true, "freed": true} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEmulationGuardsMemory$")
		cmd.Env = append(os.Environ(), "EMULATION_TOUCHES="+what)
		if out, err := cmd.CombinedOutput(); (err != nil) != ends {
			t.Errorf("touching memory %s: %v\n%s", what, err, out)
		}
	}
}
