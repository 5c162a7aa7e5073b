package cpu

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// int8Least is the smallest K and N of a product in 8 bits. Below, quantising a row costs more than it saves, and what is so narrow (adapters of a
// few units, a layer pruned to a few neurons) has few numbers to share its error.
const int8Least = 32

// quantises reports whether products with w are computed in 8 bits. It depends on the weights alone, so that a row has the same bits in every
// batch. Rows gathered from the vocabulary (a verbalizer) are activations, and stay float32.
func (b *Backend) quantises(w engine.Tensor) bool {
	if !b.int8 || w.Rows < int8Least || w.Cols < int8Least || w.Cols > simd.Int8MaxK {
		return false
	}
	buf, ok := w.Buf.(*buffer)
	return ok && buf.use == engine.Weights
}

// quantised is the operands of a product in 8 bits.
type quantised struct {
	a      []uint8 // rows of stride bytes
	rows   []simd.Int8Row
	stride int
	w      *simd.Int8Weights // nil: the product is in float32
}

// quantised quantises a [m, K] row by row, into s, beside w's packed form in 8 bits.
func (b *Backend) quantised(op string, a matrix, m int, w engine.Tensor, s *scratch) quantised {
	q := quantised{w: b.int8Weights(op, w), stride: simd.Int8Stride(w.Cols)}
	q.a, q.rows = s.quantised(m, q.stride)
	j := b.job()
	j.x, j.cols, j.product.int8 = a.x, w.Cols, q
	j.split(m, 1, 2*w.Cols, func(j *job, lo, hi int, _ *scratch) {
		q := &j.product.int8
		for r := lo; r < hi; r++ {
			q.rows[r] = j.b.k.Int8Quantise(q.a[r*q.stride:(r+1)*q.stride], j.x[r*j.cols:(r+1)*j.cols])
		}
	})
	return q
}

// quantised returns room for m rows.
func (s *scratch) quantised(m, stride int) ([]uint8, []simd.Int8Row) {
	if n := m * stride; cap(s.bytes) < n {
		s.bytes = make([]uint8, n+n/4)
	}
	if cap(s.quant) < m {
		s.quant = make([]simd.Int8Row, m+m/4)
	}
	return s.bytes[:m*stride], s.quant[:m]
}

// int8Weights returns w packed in 8 bits, made on first use.
func (b *Backend) int8Weights(op string, w engine.Tensor) *simd.Int8Weights {
	p := at(op, w).entry(packKey{off: w.Off, rows: w.Rows, cols: w.Cols, int8: true, set: b.k})
	p.mu.RLock()
	q, valid := p.bytes, p.valid
	p.mu.RUnlock()
	if valid {
		return q
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.valid {
		if p.bytes == nil {
			p.bytes = simd.NewInt8Weights(w.Rows, w.Cols)
		}
		b.int8Pack(op, p.bytes, w)
		p.valid = true
	}
	return p.bytes
}

// int8Pack fills q, panels in parallel.
func (b *Backend) int8Pack(op string, q *simd.Int8Weights, w engine.Tensor) {
	const nr = simd.Int8PanelWidth
	j := b.job()
	j.packing, j.product.int8.w = packing{op: op, from: table{at(op, w), w.Off}, rows: w.Rows, cols: w.Cols}, q
	j.split((w.Rows+nr-1)/nr, 1, 4*w.Cols*nr, func(j *job, lo, hi int, s *scratch) {
		p := &j.packing
		first, end := lo*nr, min(hi*nr, p.rows)
		j.product.int8.w.Pack(p.lines(first, end, s), first, end-first, p.cols)
	})
}
