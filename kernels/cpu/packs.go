package cpu

import (
	"sync"
	"sync/atomic"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// form is how a matrix is packed.
type form uint8

const (
	inFloat32  form = iota
	inBFloat16      // B = Wᵀ only, as inInt8
	inInt8
)

// packKey names a packed form of a part of a buffer.
type packKey struct {
	off, rows, cols int
	transposed      bool // B = Wᵀ, for Linear; else B = W, for LinearGradX
	form            form
	set             *simd.Set
}

// packed is a packed form, made under its lock by whoever needs it first. Its memory stays when the weights change, since a matrix that is
// trained is packed again every step.
type packed struct {
	mu    sync.RWMutex
	valid bool
	held  atomic.Bool // by parts of bfloat16
	two   atomic.Bool // so, and taken apart
	data  []float32
	words *simd.BFloat16Weights
	bytes *simd.Int8Weights
}

// invalidate drops the packed forms of elements [lo, hi).
func (buf *buffer) invalidate(lo, hi int) {
	buf.mu.RLock()
	defer buf.mu.RUnlock()
	for k, p := range buf.packs {
		if k.off < hi && lo < k.off+k.rows*k.cols {
			p.mu.Lock()
			p.valid = false
			p.mu.Unlock()
		}
	}
}

// entry is the place of a packed form.
func (buf *buffer) entry(k packKey) *packed {
	buf.mu.RLock()
	p := buf.packs[k]
	buf.mu.RUnlock()
	if p != nil {
		return p
	}
	buf.mu.Lock()
	defer buf.mu.Unlock()
	if p = buf.packs[k]; p == nil {
		p = new(packed)
		if buf.packs == nil {
			buf.packs = map[packKey]*packed{}
		}
		buf.packs[k] = p
	}
	return p
}

// packed returns w, or wᵀ, as the right operand of a product in the given form. It is packed once.
func (b *Backend) packed(op string, w engine.Tensor, transposed bool, f form) *packed {
	p := at(op, w).entry(packKey{off: w.Off, rows: w.Rows, cols: w.Cols, transposed: transposed, form: f, set: b.k})
	p.mu.RLock()
	valid := p.valid
	p.mu.RUnlock()
	if valid {
		return p
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.valid {
		return p
	}
	k, n := inner(w, transposed)
	switch f {
	case inFloat32:
		if p.data == nil {
			p.data = aligned[float32](b.k.PackedLen(k, n))
		}
		b.pack(op, p.data, w, transposed)
	case inInt8:
		if p.bytes == nil {
			p.bytes = simd.NewInt8Weights(n, k)
		}
		b.int8Pack(op, p.bytes, w)
	case inBFloat16:
		if p.words == nil {
			p.words = simd.NewBFloat16Weights(n, k)
			hugePages(bytesOf(p.words.Words()))
		}
		b.bfloat16Pack(op, p.words, w)
	}
	if f == inBFloat16 || f == inFloat32 && b.k.HasAMX() {
		b.hold(op, p, w)
		if p.two.Store(f == inFloat32 && p.two.Load() && k%simd.TwoPartsStep == 0); p.two.Load() {
			b.takeApart(p.data, k)
		}
	}
	p.valid = true
	return p
}

// inner is the shape of the right operand B [k, n] that w or its transpose is.
func inner(w engine.Tensor, transposed bool) (k, n int) {
	if transposed {
		return w.Cols, w.Rows
	}
	return w.Rows, w.Cols
}

// right sets p's right operand, w or its transpose: weights in the form that suits the backend, packed once; activations in float32, packed into s.
func (b *Backend) right(op string, p *product, w engine.Tensor, transposed bool, s *scratch) {
	if at(op, w).use != engine.Weights {
		p.packed = s.get(slotPack, b.k.PackedLen(inner(w, transposed)))
		b.pack(op, p.packed, w, transposed)
		return
	}
	packed := b.packed(op, w, transposed, b.form(w, transposed))
	if packed.words != nil && !packed.held.Load() {
		packed = b.packed(op, w, transposed, inFloat32)
	}
	p.packed, p.words, p.int8.w = packed.data, packed.words, packed.bytes
	if p.two = packed.two.Load(); packed.held.Load() {
		if p.parts = simd.Float32Parts; p.words != nil {
			p.parts = 1
		}
	}
}

// form is how weights w are packed. It depends on the weights alone, so that a row has the same bits in every batch.
func (b *Backend) form(w engine.Tensor, transposed bool) form {
	k, n := inner(w, transposed)
	switch {
	case b.precision == Int8 && transposed && k >= int8Least && n >= int8Least && k <= simd.Int8MaxK:
		return inInt8
	case b.precision == BF16 && transposed && tiled(k, n):
		return inBFloat16
	}
	return inFloat32
}

// packing is a matrix [rows, cols] that is being packed.
type packing struct {
	op         string
	from       table
	rows, cols int
}

// lines are rows [lo, hi) as float32.
func (p *packing) lines(lo, hi int, s *scratch) []float32 {
	off, n := p.from.off+lo*p.cols, (hi-lo)*p.cols
	if p.from.dtype == engine.F32 {
		return p.from.f32[off : off+n]
	}
	x := s.get(slotWide, n)
	p.from.widen(p.op, x, off)
	return x
}

// pack fills dst, panels in parallel.
func (b *Backend) pack(op string, dst []float32, w engine.Tensor, transposed bool) {
	nr := b.k.PanelWidth()
	j := b.job()
	j.to, j.packing = dst, packing{op, table{at(op, w), w.Off}, w.Rows, w.Cols}
	if !transposed {
		j.x = in(op, w)
		j.split((w.Cols+nr-1)/nr, 1, w.Rows*nr, func(j *job, lo, hi int, _ *scratch) {
			p, nr := &j.packing, j.b.k.PanelWidth()
			first, end := lo*nr, min(hi*nr, p.cols)
			j.b.k.PackN(j.to[first*p.rows:], j.x[min(first, len(j.x)):], p.rows, end-first, p.cols)
		})
		return
	}
	j.split((w.Rows+nr-1)/nr, 1, w.Cols*nr, func(j *job, lo, hi int, s *scratch) {
		p, nr := &j.packing, j.b.k.PanelWidth()
		first, end := lo*nr, min(hi*nr, p.rows)
		j.b.k.PackT(j.to[first*p.cols:], p.lines(first, end, s), end-first, p.cols, p.cols)
	})
}
