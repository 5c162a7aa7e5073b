// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// counterStep is the step of the counter behind dropout, as in engine/random.go and random.cuh.
const counterStep = 0x9e3779b97f4a7c15

// dropLimit is the probability of dropping in units of 2⁻²⁴, dropScale what multiplies the rest.
func dropLimit(d engine.Dropout) int     { return int(math.Ceil(float64(d.P) * (1 << 24))) }
func dropScale(d engine.Dropout) float32 { return float32(1 / (1 - float64(d.P))) }

// Dropout is dst = x·keep/(1-p).
func (b *Backend) Dropout(dst, x engine.Tensor, d engine.Dropout) {
	const op = "dropout"
	dst.Shape(op, x.Rows, x.Cols)
	if !d.On() {
		b.Copy(dst, x)
		return
	}
	b.drop(op, "dropout", dst, x, d)
}

// DropoutGrad is dx += dy·keep/(1-p).
func (b *Backend) DropoutGrad(dx, dy engine.Tensor, d engine.Dropout) {
	const op = "dropout_grad"
	dx.Shape(op, dy.Rows, dy.Cols)
	if !d.On() {
		b.Axpy(dx, 1, dy)
		return
	}
	b.drop(op, "dropout_grad", dx, dy, d)
}

func (b *Backend) drop(op, kernel string, dst, x engine.Tensor, d engine.Dropout) {
	d.Check(op, x.Rows)
	floats(op, x)
	to := out(op, dst)
	stream := make([]uint64, x.Rows)
	for s := range d.Example {
		key := d.Key(s)
		for r := d.Off[s]; r < d.Off[s+1]; r++ {
			stream[r] = key + uint64(int(r-d.Off[s])*x.Cols)*counterStep
		}
	}
	b.begin()
	defer b.end()
	t := b.tables(raw(stream))
	b.each(kernel, x.Rows, x.Cols, pass().at(to, b.in(op, x), t[0]).ints(dropLimit(d)).float(dropScale(d)).ints(x.Cols))
}
