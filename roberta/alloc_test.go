package roberta_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// A warm step allocates nothing: neither a forward that a classifier reads, under noise and with taps, nor a training step with dropout.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	in := golden.Read(t)
	for _, threads := range []int{1, 2} {
		be, err := kernels.Open("cpu", kernels.Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		m, err := roberta.Load(be, &roberta.Source{Name: "mini", FS: mini.FS()}, 0)
		if err != nil {
			t.Fatal(err)
		}
		params, err := m.Tune(roberta.Prompt, 16, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		adam, err := autograd.NewAdam(be, autograd.DefaultHyper, roberta.Values(params))
		if err != nil {
			t.Fatal(err)
		}
		f := fixture{in, in.Models["mini"], be}
		batches := []*roberta.Batch{f.batch(m, upTo(0, 2)), f.batch(m, upTo(2, 3))}
		labels := [][]int32{in.Labels(upTo(0, 2)), in.Labels(upTo(2, 3))}

		session := m.NewSession()
		defer session.Close()
		var out []float32
		edits := make([]*engine.Edit, m.Layers())
		taps := make([][]*engine.Tap, m.Layers())
		for l := range edits {
			edits[l] = &engine.Edit{Kind: engine.EditGaussian, Neurons: []int32{3, 700}, Vector: make([]float32, m.Width(l)), Layer: l}
			acc, err := be.Alloc(engine.I64, m.Width(l), engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			taps[l] = []*engine.Tap{{Kind: engine.TapSum, Slots: 1, Acc: engine.Whole(acc, 1, m.Width(l))}}
		}
		zeros := make([]int32, max(batches[0].Rows(), batches[1].Rows()))
		forward := func(i int) {
			b := batches[i%2]
			for l := range edits {
				edits[l].Example, taps[l][0].Slot = zeros[:b.Rows()], zeros[:b.Rows()]
			}
			if out, err = session.Forward(out, b, roberta.Run{Read: b.At, IDs: f.VerbalizerIDs, Edits: edits, Taps: taps}); err != nil {
				t.Fatal(err)
			}
		}
		training := m.NewTrainingSession()
		defer training.Close()
		train := func(i int) {
			adam.ZeroGrad()
			drop := roberta.Dropout{Hidden: 0.1, Attention: 0.1, Seed: 1, Step: uint64(i)}
			if _, err := training.Loss(batches[i%2], roberta.Run{IDs: f.VerbalizerIDs, Drop: drop}, labels[i%2]); err != nil {
				t.Fatal(err)
			}
			if _, err := adam.Update(1); err != nil {
				t.Fatal(err)
			}
		}
		for name, step := range map[string]func(i int){"forward": forward, "training step": train} {
			i := 0
			next := func() { step(i); i++ }
			for range 4 {
				next()
			}
			if n := testing.AllocsPerRun(10, next); n != 0 {
				t.Errorf("%s on %d threads: %v allocations", name, threads, n)
			}
			n := mallocs(100, next)
			t.Logf("%s on %d threads: %d allocations in 100 steps", name, threads, n)
			if n > runtimeMallocs {
				t.Errorf("more than %d allocations in 100 steps", runtimeMallocs)
			}
		}
	}
}

// runtimeMallocs is what the runtime itself may take within 100 steps for goroutines that wait for each other: 1 to 5 were seen, 20 under the race
// detector. Whatever a step allocates makes 100.
const runtimeMallocs = 50

// mallocs counts the process's allocations over n steps on two processors.
func mallocs(n int, step func()) uint64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for range 20 { // each worker has met the largest chunk of every op by then
		step()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		step()
	}
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}
