// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "github.com/skillneuron/skillneuron/engine"

// Join is dst[r, k] = logsumexp(x[r, off[k] … off[k+1]-1]), in float64; a class of one word has that word's bits.
func (b *Backend) Join(dst, x engine.Tensor, off []int32) {
	const op = "join"
	checkJoin(op, x, off)
	dst.Shape(op, x.Rows, len(off)-1)
	disjoint(op, dst, x)
	to := out(op, dst)
	b.begin()
	defer b.end()
	t := b.tables(raw(off))
	b.each("join", dst.Rows, dst.Cols, pass().at(to, b.in(op, x), t[0]).ints(dst.Cols, x.Cols))
}

// JoinGrad is dx[r, i] += dy[r, k]·exp(x[r, i] - y[r, k]) for each word i of class k, in float64.
func (b *Backend) JoinGrad(dx, x, dy engine.Tensor, off []int32) {
	const op = "join_grad"
	checkJoin(op, x, off)
	dx.Shape(op, x.Rows, x.Cols)
	dy.Shape(op, x.Rows, len(off)-1)
	floats(op, dy)
	to := out(op, dx)
	b.begin()
	defer b.end()
	t := b.tables(raw(off))
	b.each("join_grad", dy.Rows, dy.Cols, pass().at(to, b.in(op, x), b.in(op, dy), t[0]).ints(dy.Cols, x.Cols))
}

// checkJoin wants offsets that give every class a word.
func checkJoin(op string, x engine.Tensor, off []int32) {
	floats(op, x)
	if len(off) < 2 || off[0] != 0 || int(off[len(off)-1]) != x.Cols {
		engine.Fail(op, "offsets %v for %v", off, x)
	}
	for k := range off[1:] {
		if off[k] >= off[k+1] {
			engine.Fail(op, "class %d has no word: offsets %v", k, off)
		}
	}
}
