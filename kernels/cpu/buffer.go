package cpu

import (
	"fmt"
	"sync"

	"github.com/skillneuron/skillneuron/engine"
)

// buffer is the memory behind tensors; one of its slices is set, by type.
type buffer struct {
	dtype engine.DType
	use   engine.Use
	n     int
	f32   []float32
	u16   []uint16
	i64   []int64

	mu    sync.RWMutex
	packs map[packKey]*packed
}

func (b *buffer) Len() int { return b.n }

func (b *buffer) DType() engine.DType { return b.dtype }

// Alloc gives n zeroed elements.
func (b *Backend) Alloc(t engine.DType, n int, use engine.Use) (_ engine.Buffer, err error) {
	if n < 0 {
		return nil, fmt.Errorf("cpu: buffer of %d elements", n)
	}
	defer func() {
		// make panics, where a length is out of the address space's range
		if r := recover(); r != nil {
			err = fmt.Errorf("cpu: buffer of %d elements of %v: %v", n, t, r)
		}
	}()
	buf := &buffer{dtype: t, use: use, n: n}
	switch t {
	case engine.F32:
		buf.f32 = aligned[float32](n)
	case engine.F16, engine.BF16:
		buf.u16 = aligned[uint16](n)
	case engine.I64:
		buf.i64 = make([]int64, n)
	default:
		return nil, fmt.Errorf("cpu: no buffers of type %v", t)
	}
	return buf, nil
}

// Free forgets the memory; tensors in it fail from then on.
func (b *Backend) Free(x engine.Buffer) {
	if x == nil {
		return
	}
	buf, ok := x.(*buffer)
	engine.Must(ok, "free", "buffer of another backend")
	buf.mu.Lock()
	defer buf.mu.Unlock()
	buf.f32, buf.u16, buf.i64, buf.packs, buf.n = nil, nil, nil, nil, -1
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

// writable is the one way to a destination: it drops what was derived from the elements that change.
func writable(op string, t engine.Tensor) *buffer {
	buf := at(op, t)
	if buf.use == engine.Weights {
		buf.invalidate(t.Off, t.Off+t.Len())
	}
	return buf
}

// out is a float32 destination.
func out(op string, t engine.Tensor) []float32 {
	buf := writable(op, t)
	if buf.dtype != engine.F32 {
		engine.Fail(op, "destination is %v, want float32", t)
	}
	return buf.f32[t.Off : t.Off+t.Len()]
}

// in is a float32 source; half precision is converted into fresh memory, which suits vectors.
func in(op string, t engine.Tensor) []float32 {
	buf := at(op, t)
	if buf.dtype == engine.F32 {
		return buf.f32[t.Off : t.Off+t.Len()]
	}
	x := make([]float32, t.Len())
	buf.widen(op, x, t.Off)
	return x
}

// ints is an int64 tensor that is written.
func ints(op string, t engine.Tensor) []int64 {
	buf := writable(op, t)
	if buf.dtype != engine.I64 {
		engine.Fail(op, "got %v, want int64", t)
	}
	return buf.i64[t.Off : t.Off+t.Len()]
}

// overlaps reports whether two tensors share elements.
func overlaps(a, b engine.Tensor) bool {
	return a.Ok() && b.Ok() && a.Buf == b.Buf && a.Off < b.Off+b.Len() && b.Off < a.Off+a.Len()
}

// same reports whether two tensors are the same elements.
func same(a, b engine.Tensor) bool { return a.Buf == b.Buf && a.Off == b.Off && a.Len() == b.Len() }
