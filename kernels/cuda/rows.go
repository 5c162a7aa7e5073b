// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

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
	to, from := b.moved(op, dst, src)
	b.begin()
	defer b.end()
	t := b.tables(raw(rows))
	b.each("memory_gather", dst.Rows, dst.Cols, pass().at(place(op, dst)).ints(to).at(source(op, src)).ints(from).at(t[0]).ints(src.Cols))
}

// GatherCols is dst[:, j] = src[:, cols[j]], converted where the types differ.
func (b *Backend) GatherCols(dst, src engine.Tensor, cols []int32) {
	const op = "gather_cols"
	dst.Shape(op, src.Rows, len(cols))
	checkRows(op, cols, src.Cols)
	to, from := b.moved(op, dst, src)
	b.begin()
	defer b.end()
	t := b.tables(raw(cols))
	b.each("memory_gather_cols", dst.Rows, dst.Cols, pass().at(place(op, dst)).ints(to).at(source(op, src)).ints(from).at(t[0]).ints(len(cols), src.Cols))
}

// moved checks a destination and its source, and gives their types' numbers.
func (b *Backend) moved(op string, dst, src engine.Tensor) (to, from int) {
	disjoint(op, dst, src)
	x, y := at(op, dst).dtype, at(op, src).dtype
	if x != y {
		floats(op, dst, src)
	}
	return int(x), int(y)
}

// columnThreads is the number of columns that a block of a column-wise kernel owns.
const columnThreads = 128

// ScatterAdd is dst[rows[i]] += src[i], in the order of i.
func (b *Backend) ScatterAdd(dst, src engine.Tensor, rows []int32) {
	const op = "scatter_add"
	src.Shape(op, len(rows), dst.Cols)
	checkRows(op, rows, dst.Rows)
	floats(op, src)
	to := out(op, dst)
	b.begin()
	defer b.end()
	b.scatter(to, b.in(op, src), dst.Rows, dst.Cols, len(rows), func(i int) int { return int(rows[i]) })
}

// scatter adds row i of src, for each i below n, to row target(i) of the [rows, cols] at dst, unless that is negative.
func (b *Backend) scatter(dst, src address, rows, cols, n int, target func(i int) int) {
	count := make([]int32, rows)
	for i := range n {
		if t := target(i); t >= 0 {
			count[t]++
		}
	}
	var targets []int32
	first := []int32{0}
	next := make([]int32, rows) // where the list of a row goes on
	for t, c := range count {
		if c > 0 {
			last := first[len(first)-1]
			targets, first, next[t] = append(targets, int32(t)), append(first, last+c), last
		}
	}
	list := make([]int32, first[len(first)-1])
	for i := range n {
		if t := target(i); t >= 0 {
			list[next[t]] = int32(i)
			next[t]++
		}
	}
	if len(targets) == 0 {
		return
	}
	most := min(bucket(n), rows)
	t := b.tables(raw(upTo(targets, most, -1)), raw(upTo(first, most+1, 0)), raw(upTo(list, n, 0)))
	b.launch("scatter_add", grid{most, blocks(cols, columnThreads), 1}, columnThreads, pass().at(dst, src, t[0], t[1], t[2]).ints(cols))
}

// SumRows is dst += Σ_r x[r], in the order of r.
func (b *Backend) SumRows(dst, x engine.Tensor) {
	const op = "sum_rows"
	dst.Shape(op, 1, x.Cols)
	floats(op, x)
	to := out(op, dst)
	b.begin()
	defer b.end()
	b.sumRows(to, b.in(op, x), x.Rows, x.Cols)
}

func (b *Backend) sumRows(dst, x address, rows, cols int) {
	b.launch("scatter_sum", grid{blocks(cols, columnThreads), 1, 1}, columnThreads, pass().at(dst, x).count(b, rows).ints(cols))
}
