// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cudaemu

package cuda

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
)

// TestCompliance puts the kernels through the engine's suite, the threads of a block in rising and in falling order: what a missing barrier lets happen differs
// between the two. Every kernel has to be launched.
func TestCompliance(t *testing.T) {
	launches := map[string]int{}
	for name, falling := range map[string]bool{"rising": false, "falling": true} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() engine.Backend {
				dev := newEmulated()
				dev.falling, dev.launches = falling, launches
				return &Backend{dev: dev}
			})
		})
	}
	if t.Failed() {
		return
	}
	for _, k := range kernelsIn(t, "kernels.inc", `ENTRY\((\w+)\)`) {
		if launches[k] == 0 {
			t.Errorf("no part of the suite launches kernel %s: it has no test", k)
		}
	}
}

// TestSameBits holds both orders of threads to the same bits.
func TestSameBits(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: TestCompliance runs both orders")
	}
	rising, falling := newEmulated(), newEmulated()
	falling.falling = true
	enginetest.SameBits(t, &Backend{dev: rising}, &Backend{dev: falling})
}

// TestEveryKernel compares the emulated device's list with the sources, where products are made by a macro.
func TestEveryKernel(t *testing.T) {
	var have []string
	entries, err := sources.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == "device.cuh" {
			continue
		}
		for _, k := range kernelsIn(t, e.Name(), `\bKERNEL\(\w+\) (\w+)`) {
			if base, ok := strings.CutSuffix(k, "_"); ok {
				have = append(have, base+"_64", base+"_128")
			} else {
				have = append(have, k)
			}
		}
	}
	want := kernelsIn(t, "kernels.inc", `ENTRY\((\w+)\)`)
	slices.Sort(have)
	slices.Sort(want)
	if len(have) == 0 || !slices.Equal(have, want) {
		t.Errorf("the sources have kernels\n%v\nthe emulated device has\n%v", have, want)
	}
}

// kernelsIn are the names that a pattern finds in a source file.
func kernelsIn(t *testing.T, file, pattern string) (names []string) {
	t.Helper()
	text, err := sources.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names
}
