// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"

	"github.com/skillneuron/skillneuron/engine"
)

// Backend is an [engine.Backend] on one device. It is safe for concurrent use; calls take turns.
type Backend struct {
	mu      sync.Mutex
	dev     device
	err     error // what the device failed by; it computes nothing after that
	scratch scratch
	tensor  string // suffix of the kernels for products with weights: "_tf32", "_bf16", or "" for float32
	// products stands before that: "" for those of tensor.cu, "_wgmma" for those of wgmma.cu
	products string
	queue    queue
	kept     []*packed // activations, the last used at the end
	made     []*packed // by the present call
	retired  []chunk   // memory that calls before may use, freed before the next one
}

var (
	_ engine.Backend = (*Backend)(nil)
	_ engine.Trainer = (*Backend)(nil)
	_ engine.Async   = (*Backend)(nil)
	_ engine.Clipper = (*Backend)(nil)
)

// Precisions of the products with weights in Linear, FFNUp and LinearGradX, on tensor cores. Sums, and everything else, gradients of weights among it, are float32.
const (
	Float32 = "float32"
	TF32    = "tf32"
	BF16    = "bf16"
)

// Open opens the device of that number; precision may be "" for float32, kernels "" for [Auto].
func Open(number int, precision, kernels string) (*Backend, error) {
	b := new(Backend)
	switch precision {
	case "", Float32:
	case TF32, BF16:
		b.tensor = "_" + precision
	default:
		return nil, fmt.Errorf("there is no precision %q on a GPU; choose %s, %s or %s", precision, Float32, TF32, BF16)
	}
	dev, err := openDevice(number)
	if err != nil {
		return nil, err
	}
	b.dev = dev
	if err := b.choose(kernels); err != nil {
		return nil, err
	}
	return b, nil
}

// Name is "cuda:" with the device's number, what it is, the precision unless it is float32, and the kernel set where it is [WGMMA].
func (b *Backend) Name() string {
	name := b.dev.name()
	if b.tensor != "" {
		name += "/" + b.Precision()
	}
	return name + strings.Replace(b.products, "_", "/", 1)
}

// Precision is what products with weights are computed in.
func (b *Backend) Precision() string {
	if b.tensor != "" {
		return b.tensor[1:]
	}
	return Float32
}

// Trains is true: gradients are computed in every precision.
func (b *Backend) Trains() bool { return true }

// Sync waits for the device and returns what it failed by, now or ever: commands of any call may have been lost then, so that no later result is one.
func (b *Backend) Sync() error {
	b.begin()
	defer b.end()
	b.finish()
	b.check(b.dev.sync())
	return b.err
}

// begin starts a call, on a thread that the device's context belongs to. Callers' mistakes are looked for before.
func (b *Backend) begin() {
	b.mu.Lock()
	runtime.LockOSThread()
	b.check(b.dev.enter())
	b.scratch.reset(b)
	b.bury()
	b.queue.begin(b)
	b.made = b.made[:0]
}

func (b *Backend) end() {
	b.dev.leave()
	runtime.UnlockOSThread()
	b.mu.Unlock()
}

// check keeps the first error, of which all calls to come hear: as one of the device, whatever it is, for less memory would not mend it.
func (b *Backend) check(err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("%v; after that this process can compute nothing on %s", err, b.dev.name())
	}
}

// args are a kernel's arguments, of 8 bytes each.
type args struct {
	box [24]uint64
	n   int
}

// pass begins a list of arguments.
func pass() *args { return new(args) }

func (a *args) word(x uint64) *args {
	a.box[a.n] = x
	a.n++
	return a
}

func (a *args) at(x ...address) *args {
	for _, x := range x {
		a.word(uint64(x))
	}
	return a
}

func (a *args) ints(x ...int) *args {
	for _, x := range x {
		a.word(uint64(x))
	}
	return a
}

func (a *args) float(x float32) *args { return a.word(uint64(math.Float32bits(x))) }

// launch queues a kernel, unless its grid is empty.
func (b *Backend) launch(kernel string, g grid, threads int, a *args) {
	if g.x > 0 && g.y > 0 && g.z > 0 {
		b.queue.launch(kernel, g, threads, a.box[:a.n])
	}
}

// each launches a kernel that goes over the elements of rows with any grid; their number is its last argument.
func (b *Backend) each(kernel string, rows, cols int, a *args) {
	const threads, most = 256, 1 << 16
	if rows*cols > 0 {
		b.launch(kernel, grid{min(blocks(bucket(rows)*cols, threads), most), 1, 1}, threads, a.count(b, rows*cols))
	}
}

// blocks is n/size, rounded up.
func blocks(n, size int) int { return (n + size - 1) / size }
