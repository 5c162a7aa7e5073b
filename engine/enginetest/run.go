package enginetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// Run puts a backend through the whole suite, or the parts that are named. open is called once for each part. With -short, large shapes are left out.
func Run(t *testing.T, open func() engine.Backend, parts ...string) { run(t, open, tolerances, parts) }

// RunRounded is Run for a backend that rounds what it multiplies with weights: linear, ffn_up and pruned blocks may be off by as much as off, which is absolute; their inputs and
// results are of unit size. With gradients, so may be linear's by its input, which is a product with weights too. Everything else, other gradients among it, is as exact as in Run.
func RunRounded(t *testing.T, open func() engine.Backend, off float64, gradients bool, parts ...string) {
	within := maps.Clone(tolerances)
	for _, op := range []string{"linear", "ffn_up", "prune"} {
		w := within[op]
		w.forward.atol = off
		switch {
		case op == "ffn_up": // its gradients are GELU's at the sums, added over up to 400 rows: 20 times a sum's usual error, which is a quarter of the largest
			w.backward.atol = 5 * off
		case op == "linear" && gradients: // up to √(65/8) times as large as its results
			w.backward.atol = 3 * off
		}
		within[op] = w
	}
	run(t, open, within, parts)
}

func run(t *testing.T, open func() engine.Backend, within limits, parts []string) {
	for _, p := range []struct {
		name string
		test func(*testing.T, engine.Backend)
	}{
		{"Ops", within.testOps},
		{"NotFinite", within.testNotFinite},
		{"Memory", testMemory},
		{"HalfWeights", testHalfWeights},
		{"Rows", testRows},
		{"Order", testOrder},
		{"Optimiser", testOptimiser},
		{"Taps", testTaps},
		{"Edits", testEdits},
		{"Prune", within.testPrune},
		{"WeightsChange", testWeightsChange},
		{"Faults", testFaults},
		{"Concurrent", testConcurrent},
		{"SameBits", func(t *testing.T, be engine.Backend) { SameBits(t, be) }},
	} {
		if len(parts) == 0 || slices.Contains(parts, p.name) {
			t.Run(p.name, func(t *testing.T) { p.test(t, open()) })
		}
	}
}
