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

// TestSteadyStateAllocatesLittle: a warm forward allocates closures, not activations.
func TestSteadyStateAllocatesLittle(t *testing.T) {
	m := newMini(t, open(t, "auto", 2), 4)
	m.forward()
	bytes := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.forward()
		}
	}).AllocedBytesPerOp()
	if bytes > 32<<10 {
		t.Errorf("a warm layer allocates %d bytes", bytes)
	}
}
