package cpu

import (
	"fmt"
	"runtime"

	"gonum.org/v1/gonum/blas"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// Options choose how a backend computes. The zero Options take every processor and the fastest kernels.
type Options struct {
	Threads int    // goroutines that compute at once, the caller's included; 0: GOMAXPROCS
	Kernels string // kernel set: auto (or ""), amx, avx512, avx2, neon, go
	// Precision of the products with weights in Linear and FFNUp: float32 (or ""), or, for inference, bfloat16 or int8. Everything else is float32,
	// gradients among it, so that nothing should be trained in these.
	Precision string
	// BLAS multiplies where both operands are activations (gradients of weights), each call for a block of fixed height, so that
	// the bits do not depend on threads. nil: the kernel set's own product, as simd.BLAS computes it.
	BLAS blas.Float32Level3
}

// Backend is an [engine.Backend] on the processor. It is safe for concurrent use.
type Backend struct {
	k    *simd.Set
	blas blas.Float32Level3
	pool *pool
	one  *Backend // for callers that take one thread each

	precision string
}

var _ engine.Backend = (*Backend)(nil)

// Open starts the workers. They end when the backend is no longer reachable.
func Open(o Options) (*Backend, error) {
	if o.Threads < 0 {
		return nil, fmt.Errorf("cpu: %d threads; give 0 for all processors, or a positive number", o.Threads)
	}
	switch o.Precision {
	case "":
		o.Precision = Float32
	case Float32, BF16, Int8:
	default:
		return nil, fmt.Errorf("cpu: there is no precision %q; choose %s, %s or %s", o.Precision, Float32, BF16, Int8)
	}
	set, err := simd.Lookup(o.Kernels)
	if err != nil {
		return nil, fmt.Errorf("cpu: %w", err)
	}
	threads := o.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	b := &Backend{k: set, blas: o.BLAS, pool: newPool(threads), precision: o.Precision}
	b.one = b
	if threads > 1 {
		b.one = &Backend{k: set, blas: o.BLAS, pool: newPool(1), precision: o.Precision}
		b.one.one = b.one
	}
	runtime.AddCleanup(b, func(jobs chan *job) { close(jobs) }, b.pool.jobs)
	return b, nil
}

// Name is "cpu/", the kernel set, and a slash and the precision where that is not float32.
func (b *Backend) Name() string {
	if b.precision != Float32 {
		return "cpu/" + b.k.Name + "/" + b.precision
	}
	return "cpu/" + b.k.Name
}

// Values of [Options].Precision.
const (
	Float32 = "float32"
	BF16    = "bf16"
	Int8    = "int8"
)

// Precision is what products with weights are computed in.
func (b *Backend) Precision() string { return b.precision }

// Threads is the number of goroutines that compute at once.
func (b *Backend) Threads() int { return b.pool.threads }

// Single is b for callers that take one thread each. Buffers of one serve the other.
func (b *Backend) Single() engine.Backend { return b.one }

var _ engine.Shared = (*Backend)(nil)

var _ engine.Cached = (*Backend)(nil)

// CacheRows is 1,024: of four times as many rows of roberta-base's width activations come from memory, which costs products of bfloat16 a fifth of their speed
// (make bench-peers, row bf16); with half as many, weights come from memory too often.
func (b *Backend) CacheRows() int { return 1024 }
