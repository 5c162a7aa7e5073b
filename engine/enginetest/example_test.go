package enginetest_test

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// open is what a backend's own package has.
func open(threads int) engine.Backend {
	be, err := cpu.Open(cpu.Options{Threads: threads})
	if err != nil {
		panic(err)
	}
	return be
}

// A backend's tests are two calls, in functions such as TestCompliance(t *testing.T) of its package.
func Example() {
	compliance := func(t *testing.T) {
		enginetest.Run(t, func() engine.Backend { return open(1) })
		enginetest.SameBits(t, open(1), open(2))
	}
	_ = compliance
}
