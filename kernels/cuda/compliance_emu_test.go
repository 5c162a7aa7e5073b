// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cudaemu

package cuda

import (
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
	made := map[string][]string{"product.cu": {"_64", "_128"}, "tensor.cu": {"_tf32", "_bf16"}}
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
			if base, ok := strings.CutSuffix(k, "_"); ok {
				for _, suffix := range made[e.Name()] {
					have = append(have, base+suffix)
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
