package cpu

import (
	"sync"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// packKey names a packed form of a part of a buffer.
type packKey struct {
	off, rows, cols int
	transposed      bool // B = Wᵀ, for Linear; else B = W, for LinearGradX
	int8            bool // in 8 bits; then B = Wᵀ
	set             *simd.Set
}

// packed is a packed form, made under its lock by whoever needs it first. Its memory stays when the weights change, since a matrix that is
// trained is packed again every step.
type packed struct {
	mu    sync.RWMutex
	valid bool
	data  []float32
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

// weights returns w packed as the right operand of a product: Wᵀ or W. Weights are packed once, activations into scratch each time.
func (b *Backend) weights(op string, w engine.Tensor, transposed bool, s *scratch) []float32 {
	buf := at(op, w)
	k, n := w.Rows, w.Cols
	if transposed {
		k, n = n, k
	}
	size := b.k.PackedLen(k, n)
	if buf.use != engine.Weights {
		dst := s.get(slotPack, size)
		b.pack(op, dst, w, transposed)
		return dst
	}
	p := buf.entry(packKey{off: w.Off, rows: w.Rows, cols: w.Cols, transposed: transposed, set: b.k})
	p.mu.RLock()
	data, valid := p.data, p.valid
	p.mu.RUnlock()
	if valid {
		return data
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.valid {
		if p.data == nil {
			p.data = aligned(size)
		}
		b.pack(op, p.data, w, transposed)
		p.valid = true
	}
	return p.data
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
