package cpu_test

import (
	"fmt"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

func open(t testing.TB, kernels string, threads int) *cpu.Backend {
	t.Helper()
	b, err := cpu.Open(cpu.Options{Threads: threads, Kernels: kernels})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCompliance(t *testing.T) {
	for _, set := range simd.Sets() {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("kernels=%s/threads=%d", set.Name, threads), func(t *testing.T) {
				enginetest.Run(t, func() engine.Backend { return open(t, set.Name, threads) })
			})
		}
	}
}

// TestComplianceByPrecision: in bfloat16 and in 8 bits only products with weights are less exact.
func TestComplianceByPrecision(t *testing.T) {
	for _, set := range simd.Sets() {
		for precision, off := range map[string]float64{cpu.BF16: 0.02, cpu.Int8: 0.05} {
			t.Run(fmt.Sprintf("kernels=%s/precision=%s", set.Name, precision), func(t *testing.T) {
				enginetest.RunRounded(t, func() engine.Backend { return openAs(t, set.Name, 3, precision) }, off, false)
			})
		}
	}
}

// TestSameBitsAcrossThreads holds every number of threads to the bits of one.
func TestSameBitsAcrossThreads(t *testing.T) {
	for _, set := range simd.Sets() {
		t.Run("kernels="+set.Name, func(t *testing.T) {
			enginetest.SameBits(t, open(t, set.Name, 1), open(t, set.Name, 2), open(t, set.Name, 4))
		})
	}
}
