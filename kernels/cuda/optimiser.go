// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"encoding/binary"
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// CrossEntropy is loss [1, 1] = the mean over rows of -log softmax(logits)[label], in float64.
func (b *Backend) CrossEntropy(loss, logits engine.Tensor, labels []int32) {
	const op = "cross_entropy"
	loss.Shape(op, 1, 1)
	checkLabels(op, logits, labels)
	to, rows := out(op, loss), len(labels)
	b.begin()
	defer b.end()
	t := b.tables(raw(labels))
	each := b.temp(8 * rows)
	b.launch("loss_rows", grid{blocks(rows, rowsOfBlock), 1, 1}, 32*rowsOfBlock, pass().at(each, b.in(op, logits), t[0]).ints(rows, logits.Cols))
	b.launch("loss_mean", grid{1, 1, 1}, 32, pass().at(to, each).ints(rows))
}

// CrossEntropyGrad is dx += dloss·(softmax(logits) - onehot)/rows, in float64.
func (b *Backend) CrossEntropyGrad(dx, logits, dloss engine.Tensor, labels []int32) {
	const op = "cross_entropy_grad"
	dx.Shape(op, logits.Rows, logits.Cols)
	dloss.Shape(op, 1, 1)
	floats(op, dloss)
	checkLabels(op, logits, labels)
	to, rows := out(op, dx), len(labels)
	b.begin()
	defer b.end()
	t := b.tables(raw(labels))
	a := pass().at(to, b.in(op, logits), b.in(op, dloss), t[0]).ints(rows, logits.Cols)
	b.launch("loss_grad", grid{blocks(rows, rowsOfBlock), 1, 1}, 32*rowsOfBlock, a)
}

func checkLabels(op string, logits engine.Tensor, labels []int32) {
	floats(op, logits)
	if len(labels) != logits.Rows {
		engine.Fail(op, "%d labels for %v", len(labels), logits)
	}
	checkRows(op, labels, logits.Cols)
}

// SumSquares is Σ x² in float64, in one order for a length.
func (b *Backend) SumSquares(x engine.Tensor) float64 {
	const op, parts = "sum_squares", 256
	floats(op, x)
	b.begin()
	defer b.end()
	partial, total := b.temp(8*parts), b.temp(8)
	b.launch("sum_squares_partial", grid{parts, 1, 1}, 256, pass().at(partial, b.in(op, x)).ints(x.Len()))
	b.launch("sum_squares_total", grid{1, 1, 1}, parts, pass().at(total, partial))
	var sum [8]byte
	if b.download(sum[:], total) != nil {
		return math.NaN()
	}
	return math.Float64frombits(binary.NativeEndian.Uint64(sum[:]))
}

// Adam is one step as torch.optim.Adam takes it; see adam.cu.
func (b *Backend) Adam(p, g, m, v engine.Tensor, s engine.AdamStep) {
	const op = "adam"
	for _, x := range []engine.Tensor{g, m, v} {
		x.Shape(op, p.Rows, p.Cols)
	}
	if s.Step <= 0 {
		engine.Fail(op, "step %d, the first is 1", s.Step)
	}
	floats(op, g)
	param, first, second := out(op, p), out(op, m), out(op, v)
	size := s.LR / (1 - math.Pow(s.Beta1, float64(s.Step)))
	root := math.Sqrt(1 - math.Pow(s.Beta2, float64(s.Step)))
	b.begin()
	defer b.end()
	t := b.tables(raw([]float64{size, root, s.Beta1, s.Beta2, s.Eps, s.GradScale})) // other ones in every step
	b.each("adam", p.Rows, p.Cols, pass().at(param, b.in(op, g), first, second, t[0]))
}
