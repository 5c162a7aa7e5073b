package enginetest

import (
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// Run puts a backend through the whole suite, or the parts that are named. open is called once for each part. With -short, large shapes are left out.
func Run(t *testing.T, open func() engine.Backend, parts ...string) {
	for _, p := range []struct {
		name string
		test func(*testing.T, engine.Backend)
	}{
		{"Ops", testOps},
		{"NotFinite", testNotFinite},
		{"Memory", testMemory},
		{"HalfWeights", testHalfWeights},
		{"Rows", testRows},
		{"Order", testOrder},
		{"Optimiser", testOptimiser},
		{"Taps", testTaps},
		{"Edits", testEdits},
		{"Prune", testPrune},
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
