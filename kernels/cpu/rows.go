package cpu

import "github.com/skillneuron/skillneuron/engine"

func checkRows(op string, rows []int32, n int) {
	for i, r := range rows {
		if r < 0 || int(r) >= n {
			engine.Fail(op, "index %d of %d, in place %d", r, n, i)
		}
	}
}

// Gather is dst[i] = src[rows[i]], converted where the types differ.
func (b *Backend) Gather(dst, src engine.Tensor, rows []int32) {
	const op = "gather"
	dst.Shape(op, len(rows), src.Cols)
	checkRows(op, rows, src.Rows)
	engine.Must(!overlaps(dst, src), op, "destination overlaps its source")
	from, to, n := at(op, src), writable(op, dst), src.Cols
	switch {
	case from.dtype != to.dtype:
		x := make([]float32, n)
		for i, r := range rows {
			from.widen(op, x, src.Off+int(r)*n)
			to.narrow(op, dst.Off+i*n, x)
		}
	case from.dtype == engine.F32:
		j := b.job()
		j.to, j.x, j.rows, j.cols = to.f32[dst.Off:], from.f32[src.Off:], rows, n
		j.split(len(rows), 1, n, func(j *job, lo, hi int, _ *scratch) { gather(j.to, j.x, j.rows, lo, hi, j.cols) })
	case from.dtype == engine.I64:
		gather(to.i64[dst.Off:], from.i64[src.Off:], rows, 0, len(rows), n)
	default:
		gather(to.u16[dst.Off:], from.u16[src.Off:], rows, 0, len(rows), n)
	}
}

func gather[T any](dst, src []T, rows []int32, lo, hi, n int) {
	for i := lo; i < hi; i++ {
		copy(dst[i*n:(i+1)*n], src[int(rows[i])*n:])
	}
}

// ScatterAdd is dst[rows[i]] += src[i], in the order of i: columns are split, rows are not.
func (b *Backend) ScatterAdd(dst, src engine.Tensor, rows []int32) {
	const op = "scatter_add"
	src.Shape(op, len(rows), dst.Cols)
	checkRows(op, rows, dst.Rows)
	j := b.job()
	j.x, j.to, j.rows, j.cols = in(op, src), out(op, dst), rows, dst.Cols
	j.split(j.cols, 16, len(rows), func(j *job, lo, hi int, _ *scratch) {
		for i, r := range j.rows {
			j.b.addRow(j.to, int(r)*j.cols+lo, j.x[i*j.cols+lo:i*j.cols+hi])
		}
	})
}

// GatherCols is dst[:, j] = src[:, cols[j]], converted where the types differ.
func (b *Backend) GatherCols(dst, src engine.Tensor, cols []int32) {
	const op = "gather_cols"
	dst.Shape(op, src.Rows, len(cols))
	checkRows(op, cols, src.Cols)
	engine.Must(!overlaps(dst, src), op, "destination overlaps its source")
	from, to := at(op, src), writable(op, dst)
	x, y := make([]float32, src.Cols), make([]float32, len(cols))
	for r := range src.Rows {
		from.widen(op, x, src.Off+r*len(x))
		for j, c := range cols {
			y[j] = x[c]
		}
		to.narrow(op, dst.Off+r*len(y), y)
	}
}

// SumRows is dst += Σ_r x[r], in the order of r: columns are split, rows are not.
func (b *Backend) SumRows(dst, x engine.Tensor) {
	const op = "sum_rows"
	dst.Shape(op, 1, x.Cols)
	j := b.job()
	j.x, j.to, j.cols = in(op, x), out(op, dst), x.Cols
	j.split(j.cols, 16, x.Rows, func(j *job, lo, hi int, _ *scratch) {
		for first := 0; first < len(j.x); first += j.cols {
			j.b.addRow(j.to, lo, j.x[first+lo:first+hi])
		}
	})
}
