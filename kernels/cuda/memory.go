// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"
	"unsafe"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/half"
)

// Upload writes src into dst, rounded to dst's type.
func (b *Backend) Upload(dst engine.Tensor, src []float32) {
	const op = "upload"
	if len(src) != dst.Len() {
		engine.Fail(op, "%d elements into %v", len(src), dst)
	}
	floats(op, dst)
	to, n := place(op, dst), len(src)
	if n == 0 {
		return
	}
	b.begin()
	defer b.end()
	switch at(op, dst).dtype {
	case engine.F32:
		b.upload(to, raw(src))
	case engine.F16:
		x := make([]uint16, n)
		half.F16FromFloat32(x, src)
		b.upload(to, raw(x))
	default:
		x := make([]uint16, n)
		half.BF16FromFloat32(x, src)
		b.upload(to, raw(x))
	}
}

// fewBytes go to the device among the tables of other commands; more are waited for.
const fewBytes = 1 << 18

func (b *Backend) upload(to address, x []byte) {
	if len(x) <= fewBytes {
		if n, at, err := b.tryRoom((len(x) + tableAlign - 1) / tableAlign * tableAlign); err == nil {
			g := &b.queue.slab.segments[n]
			copy(g.host[at:], x)
			b.queue.add(doCopy, uint64(to), uint64(g.seat)+uint64(at), uint64(len(x)))
			return
		}
	}
	if b.flush(); b.err == nil {
		b.check(b.dev.upload(to, unsafe.Pointer(&x[0]), len(x)))
	}
}

// download reads what is at from once all before is done.
func (b *Backend) download(x []byte, from address) error {
	if f := b.fetch(from, len(x)); f != nil {
		data, err := f.wait(b)
		copy(x, data)
		return err
	}
	if b.finish(); b.err == nil {
		b.check(b.dev.download(unsafe.Pointer(&x[0]), from, len(x)))
	}
	return b.err
}

// Download reads src, widened to float32. What a failed device cannot give is NaN.
func (b *Backend) Download(dst []float32, src engine.Tensor) {
	const op = "download"
	if len(dst) != src.Len() {
		engine.Fail(op, "%v into %d elements", src, len(dst))
	}
	floats(op, src)
	from, n := source(op, src), len(dst)
	if n == 0 {
		return
	}
	b.begin()
	defer b.end()
	d := at(op, src).dtype
	x := make([]byte, n*sizeOf(d))
	widen(dst, x, d, b.download(x, from))
}

// widen makes float32 of x; after an error NaN.
func widen(dst []float32, x []byte, d engine.DType, err error) {
	switch {
	case err != nil:
		for i := range dst {
			dst[i] = float32(math.NaN())
		}
	case d == engine.F32:
		copy(raw(dst), x)
	case d == engine.F16:
		half.F16ToFloat32(dst, halves(x))
	default:
		half.BF16ToFloat32(dst, halves(x))
	}
}

func halves(x []byte) []uint16 { return unsafe.Slice((*uint16)(unsafe.Pointer(&x[0])), len(x)/2) }

// Fetch begins a Download; see [engine.Async].
func (b *Backend) Fetch(src engine.Tensor) func(dst []float32) error {
	const op = "fetch"
	floats(op, src)
	from, d, n := place(op, src), at(op, src).dtype, src.Len()
	b.begin()
	defer b.end()
	wait := b.promise(from, n*sizeOf(d))
	return func(dst []float32) error {
		if len(dst) != n {
			engine.Fail(op, "%v into %d elements", src, len(dst))
		}
		x, err := wait()
		if n > 0 {
			widen(dst, x, d, err)
		}
		return err
	}
}

// promise hands the calls so far to the device, and returns what waits for bytes that they leave there.
func (b *Backend) promise(from address, bytes int) (wait func() ([]byte, error)) {
	var f *fetched
	if bytes > 0 {
		f = b.fetch(from, bytes)
	}
	if f == nil { // nothing, or more than there is room for
		x := make([]byte, bytes)
		if bytes > 0 {
			b.download(x, from)
		}
		f = &fetched{data: x, done: true}
	}
	b.flush()
	return func() ([]byte, error) {
		b.begin()
		defer b.end()
		return f.wait(b)
	}
}

// DownloadInts reads an int64 tensor.
func (b *Backend) DownloadInts(dst []int64, src engine.Tensor) {
	const op = "download"
	if len(dst) != src.Len() {
		engine.Fail(op, "%v into %d elements", src, len(dst))
	}
	from := ints(op, src)
	if len(dst) == 0 {
		return
	}
	b.begin()
	defer b.end()
	b.download(unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), 8*len(dst)), from)
}

// Copy is dst = src, converted through float32 where the types differ.
func (b *Backend) Copy(dst, src engine.Tensor) {
	const op = "copy"
	dst.Shape(op, src.Rows, src.Cols)
	from, to := at(op, src).dtype, at(op, dst).dtype
	if from != to {
		floats(op, dst, src)
	}
	x, y, n := source(op, src), place(op, dst), src.Len()
	if n == 0 {
		return
	}
	b.begin()
	defer b.end()
	if from == to && !varies(dst) {
		b.queue.add(doCopy, uint64(y), uint64(x), uint64(n*sizeOf(to)))
		return
	}
	b.each("memory_convert", src.Rows, src.Cols, pass().at(y).ints(int(to)).at(x).ints(int(from)))
}

// Zero is dst = 0 for any type.
func (b *Backend) Zero(dst engine.Tensor) {
	const op = "zero"
	to := place(op, dst)
	if dst.Len() == 0 {
		return
	}
	b.begin()
	defer b.end()
	if d := at(op, dst).dtype; varies(dst) {
		b.each("memory_fill", dst.Rows, dst.Cols, pass().at(to).ints(int(d)).float(0))
	} else {
		b.queue.add(doZero, uint64(to), uint64(dst.Len()*sizeOf(d)))
	}
}

// varies tells whether t may have another number of rows in the next batch: then it is set and copied by kernels, which read how many there are.
func varies(t engine.Tensor) bool {
	b := t.Buf.(*buffer)
	return b.use == engine.Activations && b.dtype != engine.I64
}

// Fill is dst = x, rounded to dst's type.
func (b *Backend) Fill(dst engine.Tensor, x float32) {
	const op = "fill"
	floats(op, dst)
	to, d := place(op, dst), at(op, dst).dtype
	b.begin()
	defer b.end()
	b.each("memory_fill", dst.Rows, dst.Cols, pass().at(to).ints(int(d)).float(x))
}
