package cpu

import "github.com/skillneuron/skillneuron/kernels/cpu/simd"

// tile is a part of a product's destination.
type tile struct{ r0, r1, c0, c1 int }

// product is dst [m, n] = a [m, k]·B (+ what ep adds), tile by tile in parallel; then, where there is one, act is applied to each tile while it is in the
// cache. Tiles are whole panels of columns, and no sum is cut, so their shape never shows in a result.
type product struct {
	m, n, k int
	a       operand
	packed  []float32             // B, or
	words   *simd.BFloat16Weights // B in bfloat16, or
	int8    quantised             // a and B in 8 bits, where it has weights
	parts   int                   // of bfloat16 that a, and B, are multiplied in; 0: none
	two     bool                  // parts of B are two, and lie apart
	dst     operand
	res     operand // added, where there is one
	ep      simd.Epilogue
	act     activation
	rows    int // of a tile
	cols    int
	across  int                 // tiles beside each other
	down    int                 // tiles below each other, of products in parts
	split   []simd.BFloat16Rows // a's blocks of K in parts, where they were made beforehand; then tiles are
	edges   []int32             // panels edges[i] … edges[i+1]-1
}

// multiply runs p. s is the caller's, and may hold p's left operand.
func (b *Backend) multiply(p product, s *scratch) {
	if p.m == 0 || p.n == 0 {
		return
	}
	switch {
	case p.words == nil && (p.a.half != nil || p.dst.half != nil || p.res.half != nil):
		b.multiplyWidened(p, s)
		return
	case p.parts > 0:
		b.multiplyTiles(p, s)
		return
	}
	if p.int8.w != nil {
		b.quantise(&p, s)
	}
	p.rows, p.cols = b.tileShape(p.m, p.n, p.k)
	if p.int8.w != nil {
		p.cols = (p.cols + simd.Int8PanelWidth - 1) / simd.Int8PanelWidth * simd.Int8PanelWidth
	}
	p.across = (p.n + p.cols - 1) / p.cols
	j := b.job()
	j.product = p
	j.run((p.m+p.rows-1)/p.rows*p.across, func(j *job, i int, s *scratch) { j.product.tile(j.b.k, i, s) })
}

// tile computes tile i.
func (p *product) tile(k *simd.Set, i int, s *scratch) {
	t := tile{r0: i / p.across * p.rows, c0: i % p.across * p.cols}
	t.r1, t.c1 = min(t.r0+p.rows, p.m), min(t.c0+p.cols, p.n)
	ep := p.epilogue(t)
	c := p.dst.from(t.r0, t.c0).x
	if q := &p.int8; q.w != nil {
		k.Int8Gemm(t.r1-t.r0, t.c1-t.c0, q.a[t.r0*q.stride:], q.rows[t.r0:], q.w, t.c0, c, p.dst.ld, ep, &s.room)
	} else {
		k.Gemm(t.r1-t.r0, t.c1-t.c0, p.k, p.a.from(t.r0, 0).x, p.a.ld, p.packed[t.c0*p.k:], c, p.dst.ld, ep)
	}
	p.act.apply(k, t, p.dst.x, s)
}

// epilogue is what is added to tile t.
func (p *product) epilogue(t tile) simd.Epilogue {
	ep := simd.Epilogue{Accumulate: p.ep.Accumulate, Res: p.res.from(t.r0, t.c0).x, LdRes: p.res.ld}
	if p.ep.Bias != nil {
		ep.Bias = p.ep.Bias[t.c0:t.c1]
	}
	return ep
}

// multiplyWidened is multiply for activations in bfloat16 and weights that are not.
func (b *Backend) multiplyWidened(p product, s *scratch) {
	dst := p.dst
	if p.a.half != nil {
		p.a = b.widened(p.a, p.m, p.k, s.get(slotWideA, p.m*p.k))
	}
	if p.res.half != nil {
		p.res = b.widened(p.res, p.m, p.n, s.get(slotWideRes, p.m*p.n))
	}
	if dst.half != nil {
		p.dst = operand{x: s.get(slotWideDst, p.m*p.n), ld: p.n}
	}
	if b.multiply(p, s); dst.half != nil {
		b.round(dst.half, p.dst.x)
	}
}

// tileShape gives the rows and columns of a tile: large enough to use a block of B often while it is in the second cache, small enough for a
// tile of C to stay there and for all threads to end together.
func (b *Backend) tileShape(m, n, k int) (rows, cols int) {
	nr := b.k.PanelWidth()
	rows, cols = min(tileRows, m), tileCols/nr*nr
	if b.pool.threads == 1 || m*n/64*k < worthwhile {
		return rows, cols
	}
	want := 4 * b.pool.threads
	if panels := (n + nr - 1) / nr; m <= tileRows && panels >= want {
		// Few rows: weights come from memory, so each is read once, by one thread.
		return m, (panels + want - 1) / want * nr
	}
	rows = max(rowStep, min(rows, (m+want-1)/want/rowStep*rowStep))
	if down := (m + rows - 1) / rows; down < want {
		across := (want + down - 1) / down
		cols = min(cols, max(nr, (n/nr+across-1)/across*nr))
	}
	return min(rows, m), cols
}

const (
	rowStep  = 24 // a multiple of the heights of the kernels' tiles, or close to one
	tileRows = 4 * rowStep
	tileCols = 384
)
