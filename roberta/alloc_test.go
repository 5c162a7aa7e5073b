package roberta_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
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
			var all uint64
			var own map[string]int64
			for range 5 { // a worker that slept so far meets its first chunk of an op
				if all, own = mallocs(100, next); len(own) == 0 {
					break
				}
			}
			t.Logf("%s on %d threads: %d allocations in 100 steps, %d of them not the runtime's", name, threads, all, len(own))
			for where, n := range own {
				t.Errorf("%s on %d threads: %d allocations in 100 steps in\n%s", name, threads, n, where)
			}
			if all > runtimeMallocs {
				t.Errorf("%s on %d threads: %d allocations in 100 steps, more than %d", name, threads, all, runtimeMallocs)
			}
		}
	}
}

// runtimeMallocs bounds what the runtime itself takes within 100 steps for goroutines that wait for each other, which is not the step's: 1 to 5 were seen, 20 under the race
// detector.
const runtimeMallocs = 50

// mallocs counts the process's allocations over n steps on two processors; own are those that our code asks for, by their stacks: all but what waiting takes.
func mallocs(n int, step func()) (all uint64, own map[string]int64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	for range 20 { // each worker has met the largest chunk of every op by then
		step()
	}
	earlier := allocations()
	own = map[string]int64{}
	runtime.MemProfileRate = 1
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		step()
	}
	runtime.ReadMemStats(&after)
	runtime.MemProfileRate = 0
	for stack, n := range allocations() {
		if n -= earlier[stack]; n > 0 && strings.Contains(stack, "/skillneuron/") && !strings.Contains(stack, "roberta_test.allocations") && !strings.Contains(stack, "runtime.acquireSudog") {
			own[stack] = n
		}
	}
	return after.Mallocs - before.Mallocs, own
}

// allocations are the profiled allocations so far, by their stacks.
func allocations() map[string]int64 {
	runtime.GC()
	runtime.GC() // the profile is as old as the last collection but one
	records := make([]runtime.MemProfileRecord, 10_000)
	n, _ := runtime.MemProfile(records, true)
	by := map[string]int64{}
	for _, r := range records[:n] {
		var b strings.Builder
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			fmt.Fprintf(&b, "%s %s:%d\n", f.Function, f.File, f.Line)
		}
		by[b.String()] += r.AllocObjects
	}
	return by
}
