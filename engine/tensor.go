package engine

import "fmt"

// DType is the type of a buffer's elements. Arithmetic is float32; F16 and BF16 are storage for weights, I64 holds the
// integer accumulators of taps.
type DType uint8

const (
	F32  DType = iota // IEEE binary32
	F16               // IEEE binary16, storage only
	BF16              // bfloat16, storage only
	I64               // two's complement, accumulators only
)

// bytes is the size of an element.
func (d DType) bytes() int {
	switch d {
	case F16, BF16:
		return 2
	case I64:
		return 8
	}
	return 4
}

func (d DType) String() string {
	switch d {
	case F32:
		return "float32"
	case F16:
		return "float16"
	case BF16:
		return "bfloat16"
	case I64:
		return "int64"
	}
	return fmt.Sprintf("DType(%d)", uint8(d))
}

// Use tells a backend what a buffer is for, so that it can keep weights in a layout of its own beside the plain one.
type Use uint8

const (
	Activations Use = iota // written every step
	Weights                // written rarely, multiplied often
)

// Buffer is memory of one backend. Its content is reached through that backend only.
type Buffer interface {
	Len() int // elements
	DType() DType
}

// Tensor is a row-major matrix [Rows, Cols] in a Buffer, from element Off on. The zero Tensor means "absent".
type Tensor struct {
	Buf        Buffer
	Off        int
	Rows, Cols int
}

// Whole returns the tensor [rows, cols] at the start of b.
func Whole(b Buffer, rows, cols int) Tensor {
	t := Tensor{Buf: b, Rows: rows, Cols: cols}
	t.check()
	return t
}

// Ok reports whether t is present.
func (t Tensor) Ok() bool { return t.Buf != nil }

// Len is the number of elements.
func (t Tensor) Len() int { return t.Rows * t.Cols }

// Slice returns rows [lo, hi) as a view.
func (t Tensor) Slice(lo, hi int) Tensor {
	if !(0 <= lo && lo <= hi && hi <= t.Rows) {
		Fail("slice", "rows [%d, %d) of a tensor with %d rows", lo, hi, t.Rows)
	}
	return Tensor{Buf: t.Buf, Off: t.Off + lo*t.Cols, Rows: hi - lo, Cols: t.Cols}
}

// Reshape returns the same elements as [rows, cols].
func (t Tensor) Reshape(rows, cols int) Tensor {
	if rows*cols != t.Len() {
		Fail("reshape", "[%d, %d] to [%d, %d]", t.Rows, t.Cols, rows, cols)
	}
	t.Rows, t.Cols = rows, cols
	return t
}

func (t Tensor) String() string {
	if !t.Ok() {
		return "absent"
	}
	return fmt.Sprintf("%v[%d, %d]", t.Buf.DType(), t.Rows, t.Cols)
}

func (t Tensor) check() {
	if t.Rows < 0 || t.Cols < 0 || t.Off < 0 {
		Fail("tensor", "negative extent [%d, %d] at %d", t.Rows, t.Cols, t.Off)
	}
	if t.Buf == nil || t.Off+t.Rows*t.Cols > t.Buf.Len() {
		Fail("tensor", "[%d, %d] at %d does not fit its buffer", t.Rows, t.Cols, t.Off)
	}
}

// Shape checks, for operation op, that t is present and [rows, cols].
func (t Tensor) Shape(op string, rows, cols int) {
	if t.Buf == nil || t.Rows != rows || t.Cols != cols {
		Fail(op, "got %v, want [%d, %d]", t, rows, cols)
	}
}
