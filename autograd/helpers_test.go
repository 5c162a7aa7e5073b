package autograd_test

import (
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// bench is a backend with an arena.
type bench struct {
	t     testing.TB
	be    engine.Backend
	arena *engine.Arena
}

func newBench(t testing.TB) bench {
	t.Helper()
	be, err := cpu.Open(cpu.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	a := engine.NewArena(be)
	a.Poison(true) // what is read before it is written is NaN
	return bench{t, be, a}
}

// tensor is memory of its own, outside the arena.
func (b bench) tensor(rows, cols int, x []float32) engine.Tensor {
	b.t.Helper()
	buf, err := b.be.Alloc(engine.F32, rows*cols, engine.Activations)
	if err != nil {
		b.t.Fatal(err)
	}
	y := engine.Whole(buf, rows, cols)
	b.be.Upload(y, x)
	return y
}

// frozen is an input that nobody trains, trained one that has a zero gradient.
func (b bench) frozen(rows, cols int, x []float32) *engine.Value {
	return &engine.Value{T: b.tensor(rows, cols, x)}
}

func (b bench) trained(rows, cols int, x []float32) *engine.Value {
	return &engine.Value{T: b.tensor(rows, cols, x), G: b.tensor(rows, cols, make([]float32, rows*cols)), Needs: true}
}

func (b bench) read(x engine.Tensor) []float32 {
	y := make([]float32, x.Len())
	b.be.Download(y, x)
	return y
}

func random(rng *rand.Rand, n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * scale)
	}
	return x
}
