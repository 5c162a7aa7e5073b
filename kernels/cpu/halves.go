package cpu

import "github.com/skillneuron/skillneuron/engine"

// Activations is bfloat16 where products are and have AMX: half the bytes between ops, and no product rounds its rows anew.
func (b *Backend) Activations() engine.DType {
	if b.precision == BF16 && b.k.HasAMX() {
		return engine.BF16
	}
	return engine.F32
}

var _ engine.Halved = (*Backend)(nil)

// operand is activations [rows, ld] in float32 or in bfloat16; neither where there are none.
type operand struct {
	x    []float32
	half []uint16
	ld   int
}

// from is o from element (r, c) on.
func (o operand) from(r, c int) operand {
	at := r*o.ld + c
	if o.half != nil {
		o.half = o.half[min(at, len(o.half)):]
	} else if o.x != nil {
		o.x = o.x[min(at, len(o.x)):]
	}
	return o
}

// reading is a source of activations.
func reading(op string, t engine.Tensor) operand { return at(op, t).operand(op, t) }

// writing is a destination of activations.
func writing(op string, t engine.Tensor) operand {
	buf := writable(op, t)
	if buf.dtype == engine.F16 {
		engine.Fail(op, "destination is %v, want float32 or bfloat16", t)
	}
	return buf.operand(op, t)
}

func (buf *buffer) operand(op string, t engine.Tensor) operand {
	lo, hi := t.Off, t.Off+t.Len()
	switch buf.dtype {
	case engine.F32:
		return operand{x: buf.f32[lo:hi], ld: t.Cols}
	case engine.BF16:
		return operand{half: buf.u16[lo:hi], ld: t.Cols}
	case engine.F16:
		return operand{x: in(op, t), ld: t.Cols}
	}
	engine.Fail(op, "got %v, want float32 or bfloat16", t)
	return operand{}
}

// widened is rows [m, n] of o as float32, in room.
func (b *Backend) widened(o operand, m, n int, room []float32) operand {
	j := b.job()
	j.half, j.to = o.half[:m*n], room
	j.split(m*n, 32, 1, func(j *job, lo, hi int, _ *scratch) { j.b.k.Widen(j.to[lo:hi], j.half[lo:hi]) })
	return operand{x: room, ld: n}
}

// rounded is rows [m, n] of o rounded to bfloat16, as float32, in room.
func (b *Backend) rounded(o operand, m, n int, room []float32) operand {
	j := b.job()
	j.x, j.to, j.cols = o.x[:m*n], room, n
	j.split(m, 1, 2*n, func(j *job, lo, hi int, s *scratch) {
		half := s.words(j.cols)
		for r := lo; r < hi; r++ {
			at := r * j.cols
			j.b.k.Round(half, j.x[at:at+j.cols])
			j.b.k.Widen(j.to[at:at+j.cols], half)
		}
	})
	return operand{x: room, ld: n}
}

// round is dst = x.
func (b *Backend) round(dst []uint16, x []float32) {
	j := b.job()
	j.half, j.x = dst, x
	j.split(len(dst), 32, 1, func(j *job, lo, hi int, _ *scratch) { j.b.k.Round(j.half[lo:hi], j.x[lo:hi]) })
}
