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
		b.check(b.dev.upload(to, unsafe.Pointer(&src[0]), 4*n))
	case engine.F16:
		x := make([]uint16, n)
		half.F16FromFloat32(x, src)
		b.check(b.dev.upload(to, unsafe.Pointer(&x[0]), 2*n))
	default:
		x := make([]uint16, n)
		half.BF16FromFloat32(x, src)
		b.check(b.dev.upload(to, unsafe.Pointer(&x[0]), 2*n))
	}
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
	var err error
	switch d := at(op, src).dtype; d {
	case engine.F32:
		err = b.dev.download(unsafe.Pointer(&dst[0]), from, 4*n)
	default:
		x := make([]uint16, n)
		err = b.dev.download(unsafe.Pointer(&x[0]), from, 2*n)
		if d == engine.F16 {
			half.F16ToFloat32(dst, x)
		} else {
			half.BF16ToFloat32(dst, x)
		}
	}
	if b.check(err); b.err != nil {
		for i := range dst {
			dst[i] = float32(math.NaN())
		}
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
	b.check(b.dev.download(unsafe.Pointer(&dst[0]), from, 8*len(dst)))
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
	if from == to {
		b.check(b.dev.copy(y, x, n*sizeOf(to)))
		return
	}
	b.each("memory_convert", n, pass().at(y).ints(int(to)).at(x).ints(int(from), n))
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
	b.check(b.dev.zero(to, dst.Len()*sizeOf(at(op, dst).dtype)))
}

// Fill is dst = x, rounded to dst's type.
func (b *Backend) Fill(dst engine.Tensor, x float32) {
	const op = "fill"
	floats(op, dst)
	to, d := place(op, dst), at(op, dst).dtype
	b.begin()
	defer b.end()
	b.each("memory_fill", dst.Len(), pass().at(to).ints(int(d)).float(x).ints(dst.Len()))
}
