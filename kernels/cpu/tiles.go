package cpu

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// tiled reports whether a product with B [k, n] is one for tiles: whether four fifths of them would not be filling. Where less is, float32's multiply-adds are as
// fast (BenchmarkNarrow).
func tiled(k, n int) bool {
	const side = simd.BFloat16PanelWidth // of a tile of B, in both directions
	up := func(x int) int { return (x + side - 1) / side * side }
	return k*n > 0 && 5*k*n >= 4*up(k)*up(n)
}

// hold notes whether weights w are multiplied in parts, and whether two hold them, so far as it depends on them.
func (b *Backend) hold(op string, p *packed, w engine.Tensor) {
	p.two.Store(false)
	if p.held.Store(false); !tiled(w.Rows, w.Cols) {
		return
	}
	p.two.Store(true)
	// The whole matrix counts: how threads share it out must not show.
	j, s := b.job(), b.pool.scratch()
	s.peak.Store(0)
	j.packing, j.peak, j.two = packing{op: op, from: table{at(op, w), w.Off}, rows: w.Rows, cols: w.Cols}, &s.peak, &p.two
	j.split(w.Rows, 1, w.Cols, func(j *job, lo, hi int, s *scratch) {
		x := j.packing.lines(lo, hi, s)
		if j.two.Load() && !simd.TwoParts(x) {
			j.two.Store(false)
		}
		peak := math.Float32bits(j.b.k.Peak(x))
		for old := j.peak.Load(); peak > old && !j.peak.CompareAndSwap(old, peak); {
			old = j.peak.Load()
		}
	})
	p.held.Store(simd.PartsHold(math.Float32frombits(s.peak.Load())))
	p.two.Store(p.two.Load() && p.held.Load())
	b.pool.putBack(s)
}

// takeApart takes packed B [k, …] apart, panels in parallel.
func (b *Backend) takeApart(packed []float32, k int) {
	n := k * b.k.PanelWidth()
	j := b.job()
	j.to, j.cols = packed, k
	j.split(len(packed)/n, 1, 2*n, func(j *job, lo, hi int, _ *scratch) {
		n := j.cols * j.b.k.PanelWidth()
		j.b.k.TakeApart(j.to[lo*n:hi*n], j.cols)
	})
}

// bfloat16Pack fills q, panels in parallel.
func (b *Backend) bfloat16Pack(op string, q *simd.BFloat16Weights, w engine.Tensor) {
	const nr = simd.BFloat16PanelWidth
	j := b.job()
	j.packing, j.product.words = packing{op: op, from: table{at(op, w), w.Off}, rows: w.Rows, cols: w.Cols}, q
	j.split((w.Rows+nr-1)/nr, 1, 4*w.Cols*nr, func(j *job, lo, hi int, s *scratch) {
		p, q := &j.packing, j.product.words
		first, end := lo*nr, min(hi*nr, p.rows)
		q.Pack(j.b.k, p.lines(first, end, s), first, end-first, p.cols, s.get(slotPack, q.Room()))
	})
}

const (
	// tileBytes bounds the rows of a tile: with as many bytes of parts, a block of K stays in the second cache, and each panel of weights serves them all.
	tileBytes = 5 << 18
	// twoTileBytes is tileBytes where panels lie apart in memory and pass through the cache as well: of rows of 384 numbers, 384 in place of 544.
	twoTileBytes = 7 << 17
	// wordTileBytes is tileBytes for weights in bfloat16: all of K.
	wordTileBytes = 7 << 17
	// tileBlock are the rows that the kernels take at once.
	tileBlock = 32
	// fewRows are so few that tiles share columns, not rows: each weight is then read from memory once, by one thread.
	fewRows = 256
	// colsInParts is the width after which an activation follows, while the product is in the cache.
	colsInParts = 512
)

// multiplyTiles is multiply for weights in parts. A tile of rows takes them apart block of K by block; few rows are taken apart beforehand, for all tiles.
func (b *Backend) multiplyTiles(p product, s *scratch) {
	const nr = simd.BFloat16PanelWidth
	threads := b.pool.threads
	panels := (p.n + nr - 1) / nr
	j := b.job()
	if p.m > fewRows || threads == 1 || panels == 1 {
		blocks := (p.m + tileBlock - 1) / tileBlock
		bytes := tileBytes
		if p.two {
			bytes = twoTileBytes
		}
		most := max(1, bytes/(2*tileBlock*simd.BFloat16Len(min(p.k, simd.BFloat16KC), p.parts)))
		if p.words != nil {
			most = max(1, wordTileBytes/(2*tileBlock*p.k))
		}
		p.down = (blocks + most - 1) / most
		p.down = min(blocks, (p.down+threads-1)/threads*threads)
		j.product = p
		j.run(p.down, tilesChunk)
		return
	}
	p.split = s.parts((p.k + simd.BFloat16KC - 1) / simd.BFloat16KC)
	for i := range p.split {
		k0 := i * simd.BFloat16KC
		begin(&p.split[i], p.m, p.a, k0, min(simd.BFloat16KC, p.k-k0), p.parts)
	}
	prepare := b.job()
	prepare.product = p
	prepare.split(p.m, 1, 2*p.k, func(j *job, lo, hi int, _ *scratch) {
		for i := range j.product.split {
			j.product.split[i].SplitRows(j.b.k, lo, hi)
		}
	})
	s.edges = shares(s.edges[:0], panels, threads)
	p.edges = s.edges
	j.product, j.inTurn = p, true
	j.run(len(p.edges)-1, tilesChunk)
}

// shares are the first panels of chunks, and the end of the last one: long ones first, so that weights come from memory in their order, and short ones at the end, so that
// all threads end together.
func shares(edges []int32, panels, threads int) []int32 {
	edges = append(edges, 0)
	for at := 0; at < panels; {
		n := max(1, 2*(panels-at)/(3*threads))
		for range threads {
			if at < panels {
				at = min(at+n, panels)
				edges = append(edges, int32(at))
			}
		}
	}
	return edges
}

func tilesChunk(j *job, i int, s *scratch) { j.product.inParts(j.b.k, i, s) }

// parts returns n blocks of rows.
func (s *scratch) parts(n int) []simd.BFloat16Rows {
	for len(s.split) < n {
		s.split = append(s.split, simd.BFloat16Rows{})
	}
	return s.split[:n]
}

// inParts computes tile i. Rows that it takes apart itself meet all columns before the next block of K; those taken apart beforehand meet all blocks of K
// before the next panel, so that weights are read in the order in which they lie in memory.
func (p *product) inParts(k *simd.Set, i int, s *scratch) {
	t := p.part(i)
	switch {
	case p.words != nil:
		p.inWords(k, t, s)
		return
	case p.split != nil && p.m <= tileBlock && !p.two:
		k.PartsGemmFew(p.m, t.c1-t.c0, p.k, p.split, p.packed, t.c0, p.dst.from(0, t.c0).x, p.dst.ld, p.epilogue(t), &s.room)
		p.act.apply(k, t, p.dst.x, s)
		return
	case p.split != nil:
		for c := t.c0; c < t.c1; c += simd.BFloat16PanelWidth {
			part := tile{t.r0, t.r1, c, min(c+simd.BFloat16PanelWidth, t.c1)}
			for b := range p.split {
				p.block(k, part, &p.split[b], t.r0, b == len(p.split)-1, s)
			}
		}
		return
	}
	rows := &s.parts(1)[0]
	for k0 := 0; k0 < p.k; k0 += simd.BFloat16KC {
		rows.Split(k, t.r1-t.r0, p.a.from(t.r0, 0).x, p.a.ld, k0, min(simd.BFloat16KC, p.k-k0), p.parts)
		for c := t.c0; c < t.c1; c += colsInParts {
			p.block(k, tile{t.r0, t.r1, c, min(c+colsInParts, t.c1)}, rows, 0, k0+simd.BFloat16KC >= p.k, s)
		}
	}
}

// part is tile i: panels between edges, or blocks of rows.
func (p *product) part(i int) tile {
	if p.split != nil {
		const nr = simd.BFloat16PanelWidth
		return tile{0, p.m, int(p.edges[i]) * nr, min(int(p.edges[i+1])*nr, p.n)}
	}
	blocks := (p.m + tileBlock - 1) / tileBlock
	return tile{i * blocks / p.down * tileBlock, min((i+1)*blocks/p.down*tileBlock, p.m), 0, p.n}
}

// block adds a block of K to a part of the destination, whose first row is row r of rows.
func (p *product) block(k *simd.Set, t tile, rows *simd.BFloat16Rows, r int, last bool, s *scratch) {
	gemm := (*simd.Set).PartsGemm
	if p.two {
		gemm = (*simd.Set).TwoPartsGemm
	}
	gemm(k, t.r1-t.r0, t.c1-t.c0, p.k, rows, r, p.packed, t.c0, p.dst.from(t.r0, t.c0).x, p.dst.ld, p.epilogue(t), &s.room)
	if last {
		p.act.apply(k, t, p.dst.x, s)
	}
}

// begin names what rows take apart.
func begin(rows *simd.BFloat16Rows, m int, a operand, k0, k, parts int) {
	if a.half != nil {
		rows.BeginHalf(m, a.half, a.ld, k0, k)
	} else {
		rows.Begin(m, a.x, a.ld, k0, k, parts)
	}
}

// inWords computes a tile with weights in bfloat16: each panel meets all rows and all of K, and what becomes of the sums is done on the way.
func (p *product) inWords(k *simd.Set, t tile, s *scratch) {
	rows, r0 := p.split, t.r0
	if rows == nil {
		rows, r0 = s.parts((p.k+simd.BFloat16KC-1)/simd.BFloat16KC), 0
		for i := range rows {
			k0 := i * simd.BFloat16KC
			begin(&rows[i], t.r1-t.r0, p.a.from(t.r0, 0), k0, min(simd.BFloat16KC, p.k-k0), 1)
			rows[i].SplitRows(k, 0, t.r1-t.r0)
		}
	}
	to, res, ep := p.dst.from(t.r0, t.c0), p.res.from(t.r0, t.c0), p.epilogue(t)
	fused := p.act.on && p.act.to == nil
	out := simd.BFloat16Out{C: to.x, Half: to.half, Ld: to.ld, Bias: ep.Bias, Res: res.x, HalfRes: res.half, LdRes: res.ld, GELU: fused}
	k.BFloat16Gemm(t.r1-t.r0, t.c1-t.c0, rows, r0, p.words, t.c0, &out, &s.room)
	switch {
	case !fused:
		p.act.apply(k, t, p.dst.x, s)
	case p.act.edit != nil:
		applyEdit(p.act.edit, p.dst.x, t, p.act.f, s)
	}
}
