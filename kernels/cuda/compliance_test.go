// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	_ "embed"
	"flag"
	"regexp"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
)

//go:embed kernels.inc
var kernelList string

// counted counts launches, and takes large tiles for what the suite multiplies too.
type counted struct {
	device
	launches map[string]int
}

func (counted) processors() int { return 1 }
func (counted) largeTile() int  { return 24 }

func (c counted) submit(s *slab, words []uint64, kernels []string) error {
	run(counter{launches: c.launches}, words, kernels)
	return c.device.submit(s, words, kernels)
}

// counter is commands that count kernels and do nothing.
type counter struct{ launches map[string]int }

func (c counter) launch(kernel string, _ grid, _ int, _ []uint64) error {
	c.launches[kernel]++
	return nil
}
func (counter) copy(_, _ address, _ int) error { return nil }
func (counter) zero(address, int) error        { return nil }

// TestCompliance puts the kernels through the engine's suite on each device of the build: the card, or the emulated one with the threads of a block in rising
// and in falling order, since what a missing barrier lets happen differs between the two. Every kernel has to be launched.
func TestCompliance(t *testing.T) {
	launches, hopper := map[string]int{}, false
	off := map[string]float64{TF32: 0.0025, BF16: 0.02} // of products
	for name, open := range testDevices(t) {
		hopper = open().hopper()
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() engine.Backend { return &Backend{dev: counted{open(), launches}} })
			t.Run("TensorProducts", func(t *testing.T) {
				testTensorProducts(t, func() device { return counted{open(), launches} })
			})
			// SameBits asks for minutes; and where the order of threads is the other one, what differs from float32's kernels is enough.
			parts := []string{"Ops", "NotFinite", "Memory", "HalfWeights", "Rows", "Order", "Optimiser", "Taps", "Edits", "Prune", "WeightsChange", "Faults", "Concurrent"}
			if name == "falling" {
				parts = []string{"Taps", "WeightsChange", "Concurrent"}
			}
			for _, set := range tensorSets(open()) {
				t.Run(set.String(), func(t *testing.T) {
					enginetest.RunRounded(t, func() engine.Backend { return set.on(counted{open(), launches}) }, off[set.precision], true, parts...)
				})
			}
		})
	}
	if t.Failed() || flag.Lookup("test.run").Value.String() != "" {
		return
	}
	for _, k := range kernelsIn(kernelList, `ENTRY\((\w+)\)`) {
		if launches[k] == 0 && (hopper || dynamicShared(k) == 0) {
			t.Errorf("no part of the suite launches kernel %s: it has no test", k)
		}
	}
}

// kernelsIn are the names that a pattern finds in a source.
func kernelsIn(text, pattern string) (names []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}
