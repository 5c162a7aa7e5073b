// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "github.com/skillneuron/skillneuron/engine"

// product launches a kernel of product.cu for a destination of rows × cols. The size of its tiles never shows in a result.
func (b *Backend) product(kernel string, rows, cols int, a *args) {
	size, suffix := 64, "_64"
	rows = bucket(rows)
	if large := b.dev.largeTile(); rows >= large && cols >= large && blocks(rows, 128)*blocks(cols, 128) >= b.dev.processors() {
		size, suffix = 128, "_128"
	}
	b.launch(kernel+suffix, grid{blocks(rows, size), blocks(cols, size), 1}, 256, a)
}

// onTensorCores tells whether a product with w is one: where the precision asks for it and w is weights, so that a row has the same bits in every batch. Rows
// gathered from the vocabulary (a verbalizer) are activations, and stay float32.
func (b *Backend) onTensorCores(w engine.Tensor) bool {
	return b.tensor != "" && w.Buf.(*buffer).use == engine.Weights
}

// tensorProduct launches a kernel of tensor.cu or wgmma.cu.
func (b *Backend) tensorProduct(kernel string, rows, cols int, a *args) {
	b.launch(kernel+b.products+b.tensor, grid{blocks(bucket(rows), packRows), blocks(cols, packRows), 1}, 256, a)
}

// Linear is dst [M, N] = x [M, K]·Wᵀ + bias + res.
func (b *Backend) Linear(dst, x, w, bias, res engine.Tensor) {
	const op = "linear"
	m, k, n := x.Rows, x.Cols, w.Rows
	w.Shape(op, n, k)
	dst.Shape(op, m, n)
	disjoint(op, dst, x, w)
	floats(op, x, w)
	if bias.Ok() {
		bias.Shape(op, 1, n)
		floats(op, bias)
	}
	if res.Ok() {
		apart(op, dst, res)
		floats(op, res)
	}
	to := out(op, dst)
	b.begin()
	defer b.end()
	if b.onTensorCores(w) {
		b.tensorProduct("linear", m, n, pass().at(to, b.pack(op, x), b.pack(op, w), b.in(op, bias), b.in(op, res)).count(b, m).ints(n, b.packTiles(k)))
		return
	}
	b.product("linear", m, n, pass().at(to, b.in(op, x), b.in(op, w), b.in(op, bias), b.in(op, res)).count(b, m).ints(n, k))
}

// LinearGradX is dx [M, K] += dy [M, N]·W.
func (b *Backend) LinearGradX(dx, dy, w engine.Tensor) {
	const op = "linear_grad_x"
	m, n, k := dy.Rows, dy.Cols, w.Cols
	w.Shape(op, n, k)
	dx.Shape(op, m, k)
	disjoint(op, dx, dy, w)
	floats(op, dy, w)
	to := out(op, dx)
	b.begin()
	defer b.end()
	if b.onTensorCores(w) {
		b.tensorProduct("linear_grad_x", m, k, pass().at(to, b.pack(op, dy), b.packTurned(op, w)).count(b, m).ints(k, b.packTiles(n)))
		return
	}
	b.product("linear_grad_x", m, k, pass().at(to, b.in(op, dy), b.in(op, w)).count(b, m).ints(n, k))
}

// LinearGradW is dw [N, K] += dyᵀ·x, rows summed in their order.
func (b *Backend) LinearGradW(dw, dy, x engine.Tensor) {
	const op = "linear_grad_w"
	m, n, k := x.Rows, dy.Cols, x.Cols
	dy.Shape(op, m, n)
	dw.Shape(op, n, k)
	disjoint(op, dw, dy, x)
	floats(op, dy, x)
	to := out(op, dw)
	b.begin()
	defer b.end()
	b.product("linear_grad_w", n, k, pass().at(to, b.in(op, dy), b.in(op, x)).count(b, m).ints(n, k))
}
