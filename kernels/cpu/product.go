package cpu

import "github.com/skillneuron/skillneuron/kernels/cpu/simd"

// matrix is a row-major operand.
type matrix struct {
	x  []float32
	ld int
}

// from is m from element (r, c) on.
func (m matrix) from(r, c int) []float32 {
	if m.x == nil {
		return nil
	}
	return m.x[min(r*m.ld+c, len(m.x)):]
}

// tile is a part of a product's destination.
type tile struct{ r0, r1, c0, c1 int }

// product is dst [m, n] = a [m, k]·packed (+ what ep adds), tile by tile in parallel; then, unless nil, is called for each tile while it is in the
// cache. Tiles are whole panels of columns, and no sum is cut, so their shape never shows in a result.
func (b *Backend) product(m, n, k int, a matrix, packed []float32, dst matrix, ep simd.Epilogue, then func(t tile, s *scratch)) {
	if m == 0 || n == 0 {
		return
	}
	rows, cols := b.tileShape(m, n, k)
	across := (n + cols - 1) / cols
	res := matrix{ep.Res, ep.LdRes}
	work := func(i int, s *scratch) {
		t := tile{r0: i / across * rows, c0: i % across * cols}
		t.r1, t.c1 = min(t.r0+rows, m), min(t.c0+cols, n)
		part := simd.Epilogue{Accumulate: ep.Accumulate, Res: res.from(t.r0, t.c0), LdRes: ep.LdRes}
		if ep.Bias != nil {
			part.Bias = ep.Bias[t.c0:t.c1]
		}
		b.k.Gemm(t.r1-t.r0, t.c1-t.c0, k, a.from(t.r0, 0), a.ld, packed[t.c0*k:], dst.from(t.r0, t.c0), dst.ld, part)
		if then != nil {
			then(t, s)
		}
	}
	b.pool.run((m+rows-1)/rows*across, work)
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
