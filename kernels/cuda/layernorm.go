// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "github.com/skillneuron/skillneuron/engine"

// rowsOfBlock is the number of warps of a block, of which each owns a row.
const rowsOfBlock = 8

// LayerNorm is dst = (x-mean)/sqrt(var+eps)·gamma + beta for each row.
func (b *Backend) LayerNorm(dst, x, gamma, beta engine.Tensor, eps float32) {
	const op = "layer_norm"
	n := x.Cols
	apart(op, dst, x)
	gamma.Shape(op, 1, n)
	beta.Shape(op, 1, n)
	floats(op, x, gamma, beta)
	to := out(op, dst)
	b.begin()
	defer b.end()
	a := b.also(pass().at(to), dst).at(b.in(op, x), b.in(op, gamma), b.in(op, beta)).float(eps).count(b, x.Rows).ints(n)
	b.launch("layer_norm", grid{blocks(bucket(x.Rows), rowsOfBlock), 1, 1}, 32*rowsOfBlock, a)
}

// LayerNormGrad adds the gradients; see layernorm.cu.
func (b *Backend) LayerNormGrad(dx, dgamma, dbeta, dy, x, gamma engine.Tensor, eps float32) {
	const op = "layer_norm_grad"
	rows, n := x.Rows, x.Cols
	dy.Shape(op, rows, n)
	gamma.Shape(op, 1, n)
	floats(op, dy, x, gamma)
	if dx.Ok() {
		apart(op, dx, x, dy)
	}
	toX, toGamma, toBeta := outIf(op, dx, rows, n), outIf(op, dgamma, 1, n), outIf(op, dbeta, 1, n)
	b.begin()
	defer b.end()
	d, xs := b.in(op, dy), b.in(op, x)
	if dbeta.Ok() {
		b.sumRows(toBeta, d, rows, n)
	}
	if !dx.Ok() && !dgamma.Ok() {
		return
	}
	var stats address
	if dgamma.Ok() {
		stats = b.temp(8 * bucket(rows))
	}
	rowwise := pass().at(0, stats, d, xs, b.in(op, gamma)).float(eps).count(b, rows).ints(n)
	launch := func(dx address) {
		rowwise.box[0] = uint64(dx)
		b.launch("layer_norm_grad", grid{blocks(bucket(rows), rowsOfBlock), 1, 1}, 32*rowsOfBlock, rowwise)
	}
	if !dgamma.Ok() {
		launch(toX)
		return
	}
	// dx may be dy, which dgamma reads
	launch(0)
	b.launch("layer_norm_gamma", grid{blocks(n, columnThreads), 1, 1}, columnThreads, pass().at(toGamma, d, xs, stats).count(b, rows).ints(n))
	if dx.Ok() {
		launch(toX)
	}
}
