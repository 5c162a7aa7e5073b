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
	floats("sum_squares", x)
	b.begin()
	defer b.end()
	total := b.temp(8)
	b.sumSquares(total, x)
	var sum [8]byte
	if b.download(sum[:], total) != nil {
		return math.NaN()
	}
	return math.Float64frombits(binary.NativeEndian.Uint64(sum[:]))
}

func (b *Backend) sumSquares(total address, x engine.Tensor) {
	const parts = 256
	partial := b.temp(8 * parts)
	b.launch("sum_squares_partial", grid{parts, 1, 1}, 256, pass().at(partial, b.in("sum_squares", x)).ints(x.Len()))
	b.launch("sum_squares_total", grid{1, 1, 1}, parts, pass().at(total, partial))
}

// Adam is one step as torch.optim.Adam takes it; see adam.cu.
func (b *Backend) Adam(p, g, m, v engine.Tensor, s engine.AdamStep) {
	to := checkAdam(engine.AdamTensors{P: p, G: g, M: m, V: v}, s)
	b.begin()
	defer b.end()
	b.each("adam", p.Rows, p.Cols, pass().at(to[0], b.in("adam", g), to[1], to[2], b.adamNumbers(s, s.GradScale)))
}

// checkAdam returns the places of a parameter and its moments.
func checkAdam(x engine.AdamTensors, s engine.AdamStep) [3]address {
	const op = "adam"
	for _, y := range []engine.Tensor{x.G, x.M, x.V} {
		y.Shape(op, x.P.Rows, x.P.Cols)
	}
	if s.Step <= 0 {
		engine.Fail(op, "step %d, the first is 1", s.Step)
	}
	floats(op, x.G)
	return [3]address{out(op, x.P), out(op, x.M), out(op, x.V)}
}

// adamNumbers is the table that the kernels read: another one in every step.
func (b *Backend) adamNumbers(s engine.AdamStep, last float64) address {
	size := s.LR / (1 - math.Pow(s.Beta1, float64(s.Step)))
	root := math.Sqrt(1 - math.Pow(s.Beta2, float64(s.Step)))
	return b.tables(raw([]float64{size, root, s.Beta1, s.Beta2, s.Eps, last}))[0]
}

// ClippedAdam takes a step with all parameters; see [engine.Clipper].
func (b *Backend) ClippedAdam(params []engine.AdamTensors, s engine.AdamStep, clip float64) func() (norm float64, err error) {
	to := make([][3]address, len(params))
	for i, x := range params {
		to[i] = checkAdam(x, s)
	}
	b.begin()
	defer b.end()
	sums := b.temp(8 * len(params))
	for i, x := range params {
		b.sumSquares(sums+address(8*i), x.G)
	}
	numbers := b.adamNumbers(s, clip)
	for i, x := range params {
		b.each("adam_clipped", x.P.Rows, x.P.Cols, pass().at(to[i][0], b.in("adam", x.G), to[i][1], to[i][2], numbers, sums).ints(len(params)))
	}
	wait := b.promise(sums, 8*len(params))
	return func() (float64, error) {
		x, err := wait()
		if err != nil {
			return math.NaN(), err
		}
		var sum float64
		for ; len(x) > 0; x = x[8:] {
			sum += math.Float64frombits(binary.NativeEndian.Uint64(x))
		}
		return math.Sqrt(sum), nil
	}
}
