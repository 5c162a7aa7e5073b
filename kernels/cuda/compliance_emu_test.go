// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cudaemu

package cuda

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine/enginetest"
)

func testDevices(testing.TB) map[string]func() device {
	return map[string]func() device{
		"rising":  func() device { return newEmulated() },
		"falling": func() device { return falling() },
	}
}

func falling() *emulated {
	e := newEmulated()
	e.falling = true
	return e
}

// TestSameBits holds both orders of threads to the same bits.
func TestSameBits(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: TestCompliance runs both orders")
	}
	enginetest.SameBits(t, &Backend{dev: newEmulated()}, &Backend{dev: falling()})
}

// TestEveryKernel compares the emulated device's list with the sources, where a macro makes several kernels of one.
func TestEveryKernel(t *testing.T) {
	made := map[string][]string{"product.cu": {"64", "128"}, "tensor.cu": {"tf32", "bf16", "wgmma_tf32", "wgmma_bf16"}, "pack.cu": {"tf32", "bf16"}}
	var have []string
	entries, err := sources.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == "device.cuh" {
			continue
		}
		text, err := sources.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kernelsIn(string(text), `\bKERNEL\([\w, ]+\) (\w+)`) {
			if strings.HasSuffix(k, "_") {
				for _, suffix := range made[e.Name()] {
					have = append(have, k+suffix)
				}
			} else {
				have = append(have, k)
			}
		}
	}
	want := kernelsIn(kernelList, `ENTRY\((\w+)\)`)
	slices.Sort(have)
	slices.Sort(want)
	if len(have) == 0 || !slices.Equal(have, want) {
		t.Errorf("the sources have kernels\n%v\nthe emulated device has\n%v", have, want)
	}
}

// TestKernelsAreEmulatedWhole: what the emulated device runs is what nvcc compiles. The two differ in headers alone, which make an instruction of the card or
// its emulation, and nothing else, of one name; a .cu file has neither, so that no kernel has a part of which the suite sees nothing.
func TestKernelsAreEmulatedWhole(t *testing.T) {
	headers := []string{"async.cuh", "device.cuh", "packed.cuh", "wgmma.cuh"}
	entries, err := sources.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || slices.Contains(headers, e.Name()) {
			continue
		}
		text, err := sources.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		allowed := map[string]bool{"kernels.cu __CUDA_ARCH__": true, "kernels.cu __CUDA_ARCH_FEAT_SM90_ALL": true}
		for _, m := range regexp.MustCompile(`\b(__CUDA\w+|__NV\w+|asm)\b`).FindAllString(string(text), -1) {
			if !allowed[e.Name()+" "+m] {
				t.Errorf("%s has %s: only %v may differ between the card and the emulated device", e.Name(), m, headers)
			}
		}
	}
}
