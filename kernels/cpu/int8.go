package cpu

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// int8Least is the smallest K and N of a product in 8 bits. Below, quantising a row costs more than it saves, and what is so narrow (adapters of a
// few units, a layer pruned to a few neurons) has few numbers to share its error. Rows gathered from the vocabulary (a verbalizer) are activations, and
// stay float32.
const int8Least = 32

// quantised is the operands of a product in 8 bits.
type quantised struct {
	a      []uint8 // rows of stride bytes
	rows   []simd.Int8Row
	stride int
	w      *simd.Int8Weights // nil: the product is in float32
}

// quantise quantises p's rows, into s.
func (b *Backend) quantise(p *product, s *scratch) {
	q := &p.int8
	q.stride = simd.Int8Stride(p.k)
	q.a, q.rows = s.quantised(p.m, q.stride)
	j := b.job()
	j.x, j.cols, j.product.int8 = p.a.x, p.k, *q
	j.split(p.m, 1, 2*p.k, func(j *job, lo, hi int, _ *scratch) {
		q := &j.product.int8
		for r := lo; r < hi; r++ {
			q.rows[r] = j.b.k.Int8Quantise(q.a[r*q.stride:(r+1)*q.stride], j.x[r*j.cols:(r+1)*j.cols])
		}
	})
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
