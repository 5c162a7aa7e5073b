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

// int8Product is [Backend.product] with x quantised row by row, and w from its packed form in 8 bits.
func (b *Backend) int8Product(op string, x []float32, w engine.Tensor, dst matrix, ep simd.Epilogue, then func(t tile, s *scratch)) {
	n, k := w.Rows, w.Cols
	m := len(x) / k
	if m == 0 {
		return
	}
	q := b.int8Weights(op, w)
	stride := simd.Int8Stride(k)
	own := b.pool.scratch()
	defer b.pool.putBack(own)
	a, quant := own.quantised(m, stride)
	b.pool.split(m, 1, 2*k, func(lo, hi int, _ *scratch) {
		for r := lo; r < hi; r++ {
			quant[r] = b.k.Int8Quantise(a[r*stride:(r+1)*stride], x[r*k:(r+1)*k])
		}
	})
	rows, cols := b.tileShape(m, n, k)
	cols = (cols + simd.Int8PanelWidth - 1) / simd.Int8PanelWidth * simd.Int8PanelWidth
	across := (n + cols - 1) / cols
	res := matrix{ep.Res, ep.LdRes}
	b.pool.run((m+rows-1)/rows*across, func(i int, s *scratch) {
		t := tile{r0: i / across * rows, c0: i % across * cols}
		t.r1, t.c1 = min(t.r0+rows, m), min(t.c0+cols, n)
		part := simd.Epilogue{Res: res.from(t.r0, t.c0), LdRes: ep.LdRes}
		if ep.Bias != nil {
			part.Bias = ep.Bias[t.c0:t.c1]
		}
		b.k.Int8Gemm(t.r1-t.r0, t.c1-t.c0, a[t.r0*stride:], quant[t.r0:], q, t.c0, dst.from(t.r0, t.c0), dst.ld, part)
		if then != nil {
			then(t, s)
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
	buf := at(op, w)
	b.pool.split((w.Rows+nr-1)/nr, 1, 4*w.Cols*nr, func(lo, hi int, s *scratch) {
		first, end := lo*nr, min(hi*nr, w.Rows)
		off, n := w.Off+first*w.Cols, (end-first)*w.Cols
		x := s.get(slotWide, n)
		if buf.dtype == engine.F32 {
			x = buf.f32[off : off+n]
		} else {
			buf.widen(op, x, off)
		}
		q.Pack(x, first, end-first, w.Cols)
	})
}
