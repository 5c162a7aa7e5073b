package cpu_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

func TestOpen(t *testing.T) {
	for _, set := range simd.Sets() {
		b := open(t, set.Name, 3)
		if b.Name() != "cpu/"+set.Name || b.Threads() != 3 {
			t.Errorf("opened %s with %d threads", b.Name(), b.Threads())
		}
	}
	b, err := cpu.Open(cpu.Options{})
	if err != nil || b.Threads() != runtime.GOMAXPROCS(0) || b.Name() != "cpu/"+simd.Sets()[0].Name {
		t.Errorf("the zero options gave %v, %v", b, err)
	}
	for want, o := range map[string]cpu.Options{"threads": {Threads: -2}, "choose auto": {Kernels: "sse"}} {
		if b, err := cpu.Open(o); b != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v gave %v, %v; want an error with %q", o, b, err, want)
		}
	}
}

// TestBLAS runs the suite with gonum's own BLAS below, whose sums depend on the shape: the number of threads must still not show. simd.BLAS gives what
// the backend computes without one.
func TestBLAS(t *testing.T) {
	with := func(threads int, l blas.Float32Level3) engine.Backend {
		b, err := cpu.Open(cpu.Options{Threads: threads, BLAS: l})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	enginetest.Run(t, func() engine.Backend { return with(2, gonum.Implementation{}) })
	if !testing.Short() {
		enginetest.SameBits(t, with(1, gonum.Implementation{}), with(4, gonum.Implementation{}))
		enginetest.SameBits(t, with(1, nil), with(2, simd.BLAS{}))
	}
}

// TestWorkersEnd: a backend that nobody holds takes its goroutines with it.
func TestWorkersEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 4 {
		b := open(t, "go", 9)
		buf, err := b.Alloc(engine.F32, 1<<20, engine.Activations)
		if err != nil {
			t.Fatal(err)
		}
		x := engine.Whole(buf, 1<<10, 1<<10)
		b.GELU(x, x)
	}
	for range 100 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestSteadyStateAllocatesNothing: the ops of a warm layer, with an edit and taps, forward and backward.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, threads := range []int{1, 2} {
		b := open(t, "auto", threads)
		m := newMini(t, b, 4)
		n := m.rows
		slot, label, example := make([]int32, n), make([]int32, n), make([]int32, n)
		for r := range slot {
			slot[r], label[r], example[r] = int32(r/miniRows), int32(r%2), int32(r/miniRows)
		}
		alloc := func(d engine.DType, rows int) engine.Tensor {
			buf, err := b.Alloc(d, rows*miniF, engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			return engine.Whole(buf, rows, miniF)
		}
		taps := []*engine.Tap{
			{Kind: engine.TapSum, Slot: slot, Slots: 4, Acc: alloc(engine.I64, 4)},
			{Kind: engine.TapCount, Pool: engine.PoolMean, Slot: slot, Slots: 4, Label: label[:4], Acc: alloc(engine.I64, 1), Threshold: alloc(engine.F32, 1)},
			{Kind: engine.TapCopy, Pool: engine.PoolMax, Slot: slot, Slots: 4, Out: alloc(engine.F32, 4)},
		}
		noise := &engine.Edit{Kind: engine.EditGaussian, Neurons: []int32{1, 500, 1500}, Vector: make([]float32, miniF), Example: example}
		drop := engine.Dropout{P: 0.1, Off: m.ragged.QOff, Example: example[:4]}
		ids, pos := make([]int32, n), make([]int32, n)
		for r := range ids {
			ids[r], pos[r] = int32(r%miniH), int32(r)
		}
		step := func() {
			b.Embed(m.x, m.wq, m.x, m.bq, m.none, ids, ids)
			m.forward()
			b.FFNUp(m.u, m.pre, m.h, m.w1, m.b1, noise, taps)
			b.Dropout(m.h, m.s, drop)
			b.Gather(m.q, m.h, pos)
			b.GELU(m.q, m.q)
			m.backward()
			b.DropoutGrad(m.dx, m.ds, drop)
			b.LayerNormGrad(m.dx, m.bq, m.bo, m.ds, m.x, m.gamma, 1e-5)
			b.LinearGradW(m.wo, m.dx, m.x)
			b.EmbedGrad(m.wq, m.dx, m.bq, m.none, m.ds, ids, pos)
			b.ScatterAdd(m.dx, m.ds, pos)
			b.Adam(m.wq, m.wo, m.wo, m.wo, engine.AdamStep{LR: 0, Step: 1, Eps: 1})
		}
		for range 5 {
			step()
		}
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%d threads: a warm step makes %v allocations", threads, n)
		}
	}
}
