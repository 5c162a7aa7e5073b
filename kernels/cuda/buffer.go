// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"errors"
	"fmt"
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// buffer is memory of the device.
type buffer struct {
	dtype engine.DType
	use   engine.Use
	n     int // -1 once freed
	mem   address
	packs packList
}

func (b *buffer) Len() int { return b.n }

func (b *buffer) DType() engine.DType { return b.dtype }

func (b *buffer) bytes() int { return b.n * sizeOf(b.dtype) }

func sizeOf(t engine.DType) int {
	switch t {
	case engine.F32:
		return 4
	case engine.F16, engine.BF16:
		return 2
	}
	return 8
}

// Alloc gives n zeroed elements.
func (b *Backend) Alloc(t engine.DType, n int, use engine.Use) (engine.Buffer, error) {
	if t > engine.I64 {
		return nil, fmt.Errorf("cuda: no buffers of type %v", t)
	}
	if n < 0 || n > math.MaxInt64/2/sizeOf(t) {
		return nil, fmt.Errorf("cuda: buffer of %d elements of %v", n, t)
	}
	b.begin()
	defer b.end()
	if b.err != nil {
		return nil, b.err
	}
	bytes := n * sizeOf(t)
	at, err := b.dev.alloc(bytes)
	if errors.Is(err, engine.ErrMemory) {
		b.spare()
		at, err = b.dev.alloc(bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("cuda: buffer of %d elements of %v: %w", n, t, err)
	}
	if n > 0 {
		b.queue.add(doZero, uint64(at), uint64(bytes))
	}
	return &buffer{dtype: t, use: use, n: n, mem: at}, nil
}

// Free gives the memory back; tensors in it fail from then on.
func (b *Backend) Free(x engine.Buffer) {
	if x == nil {
		return
	}
	buf, ok := x.(*buffer)
	engine.Must(ok, "free", "buffer of another backend")
	if buf.n < 0 {
		return
	}
	b.begin()
	defer b.end()
	b.finish()
	b.freePacks(buf)
	b.check(b.dev.free(buf.mem, buf.bytes()))
	buf.n, buf.mem = -1, 0
}

// at checks t and returns its buffer.
func at(op string, t engine.Tensor) *buffer {
	buf, ok := t.Buf.(*buffer)
	switch {
	case !ok:
		engine.Fail(op, "tensor %v is absent or of another backend", t)
	case buf.n < 0:
		engine.Fail(op, "tensor [%d, %d] in a freed buffer", t.Rows, t.Cols)
	case t.Off < 0 || t.Rows < 0 || t.Cols < 0 || t.Off+t.Rows*t.Cols > buf.n:
		engine.Fail(op, "%v at %d does not fit its buffer of %d", t, t.Off, buf.n)
	}
	return buf
}

// source is where a tensor begins that is read, place where one that is written: what was packed of it is no longer it.
func source(op string, t engine.Tensor) address {
	buf := at(op, t)
	return buf.mem + address(t.Off*sizeOf(buf.dtype))
}

func place(op string, t engine.Tensor) address {
	at(op, t).packs.written(t.Off, t.Off+t.Len())
	return source(op, t)
}

// out is a float32 destination.
func out(op string, t engine.Tensor) address {
	if d := at(op, t).dtype; d != engine.F32 {
		engine.Fail(op, "destination is %v, want float32", t)
	}
	return place(op, t)
}

// outIf is a float32 destination of the given shape, 0 where it is absent.
func outIf(op string, t engine.Tensor, rows, cols int) address {
	if !t.Ok() {
		return 0
	}
	t.Shape(op, rows, cols)
	return out(op, t)
}

// ints is an int64 tensor.
func ints(op string, t engine.Tensor) address {
	if at(op, t).dtype != engine.I64 {
		engine.Fail(op, "got %v, want int64", t)
	}
	return place(op, t)
}

// floats checks that tensors can be read as float32.
func floats(op string, ts ...engine.Tensor) {
	for _, t := range ts {
		if at(op, t).dtype == engine.I64 {
			engine.Fail(op, "%v cannot be read as float32", t)
		}
	}
}

// in is a source that floats has checked, widened to float32 in scratch where it is in half precision; 0 where it is absent.
func (b *Backend) in(op string, t engine.Tensor) address {
	if !t.Ok() {
		return 0
	}
	from, d := source(op, t), at(op, t).dtype
	if d == engine.F32 {
		return from
	}
	to := b.temp(4 * bucket(t.Rows) * t.Cols)
	b.each("memory_convert", t.Rows, t.Cols, pass().at(to).ints(int(engine.F32)).at(from).ints(int(d)))
	return to
}

// overlaps reports whether two tensors share elements.
func overlaps(a, b engine.Tensor) bool {
	return a.Ok() && b.Ok() && a.Buf == b.Buf && a.Off < b.Off+b.Len() && b.Off < a.Off+a.Len()
}

// apart checks that dst is one of its sources or shares nothing with them.
func apart(op string, dst engine.Tensor, src ...engine.Tensor) {
	for _, x := range src {
		dst.Shape(op, x.Rows, x.Cols)
		same := dst.Buf == x.Buf && dst.Off == x.Off
		engine.Must(same || !overlaps(dst, x), op, "destination overlaps a part of its source")
	}
}

// disjoint checks that dst shares nothing with its sources.
func disjoint(op string, dst engine.Tensor, src ...engine.Tensor) {
	for _, x := range src {
		engine.Must(!overlaps(dst, x), op, "destination overlaps its source")
	}
}
