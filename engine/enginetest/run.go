package enginetest

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// Run puts a backend through the whole suite. open is called once for each part. With -short, large shapes are left out.
func Run(t *testing.T, open func() engine.Backend) {
	t.Run("Ops", func(t *testing.T) { testOps(t, open()) })
	t.Run("NotFinite", func(t *testing.T) { testNotFinite(t, open()) })
	t.Run("Memory", func(t *testing.T) { testMemory(t, open()) })
	t.Run("HalfWeights", func(t *testing.T) { testHalfWeights(t, open()) })
	t.Run("Rows", func(t *testing.T) { testRows(t, open()) })
	t.Run("Order", func(t *testing.T) { testOrder(t, open()) })
	t.Run("Optimiser", func(t *testing.T) { testOptimiser(t, open()) })
	t.Run("Taps", func(t *testing.T) { testTaps(t, open()) })
	t.Run("Edits", func(t *testing.T) { testEdits(t, open()) })
	t.Run("Prune", func(t *testing.T) { testPrune(t, open()) })
	t.Run("WeightsChange", func(t *testing.T) { testWeightsChange(t, open()) })
	t.Run("Faults", func(t *testing.T) { testFaults(t, open()) })
	t.Run("Concurrent", func(t *testing.T) { testConcurrent(t, open()) })
	t.Run("SameBits", func(t *testing.T) { SameBits(t, open()) })
}
