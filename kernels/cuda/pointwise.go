// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "github.com/skillneuron/skillneuron/engine"

// Add is dst = x + y.
func (b *Backend) Add(dst, x, y engine.Tensor) { b.pointwise("add", "pointwise_add", dst, x, y) }

// Axpy is dst += alpha·x.
func (b *Backend) Axpy(dst engine.Tensor, alpha float32, x engine.Tensor) {
	const op = "axpy"
	apart(op, dst, x)
	floats(op, x)
	to := out(op, dst)
	b.begin()
	defer b.end()
	b.each("pointwise_axpy", dst.Rows, dst.Cols, pass().at(to, b.in(op, x)).float(alpha))
}

// GELU is dst = x·Φ(x).
func (b *Backend) GELU(dst, x engine.Tensor) { b.pointwise("gelu", "pointwise_gelu", dst, x) }

// GELUGrad is dx += dy·gelu'(x).
func (b *Backend) GELUGrad(dx, x, dy engine.Tensor) {
	b.pointwise("gelu_grad", "pointwise_gelu_grad", dx, x, dy)
}

// ReLU is dst = max(x, 0); NaN stays.
func (b *Backend) ReLU(dst, x engine.Tensor) { b.pointwise("relu", "pointwise_relu", dst, x) }

// ReLUGrad is dx += dy where x > 0.
func (b *Backend) ReLUGrad(dx, x, dy engine.Tensor) {
	b.pointwise("relu_grad", "pointwise_relu_grad", dx, x, dy)
}

// pointwise runs a kernel over the elements of dst and its sources.
func (b *Backend) pointwise(op, kernel string, dst engine.Tensor, src ...engine.Tensor) {
	apart(op, dst, src...)
	floats(op, src...)
	a := pass().at(out(op, dst))
	b.begin()
	defer b.end()
	for _, x := range src {
		a.at(b.in(op, x))
	}
	b.each(kernel, dst.Rows, dst.Cols, a)
}
