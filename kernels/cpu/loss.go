package cpu

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// CrossEntropy is loss [1, 1] = the mean over rows of -log softmax(logits)[label], in float64.
func (b *Backend) CrossEntropy(loss, logits engine.Tensor, labels []int32) {
	const op = "cross_entropy"
	loss.Shape(op, 1, 1)
	checkLabels(op, logits, labels)
	x, n := in(op, logits), logits.Cols
	var sum float64
	for r, label := range labels {
		row := x[r*n : (r+1)*n]
		sum += logSumExp(row) - float64(row[label])
	}
	out(op, loss)[0] = float32(sum / float64(len(labels)))
}

// CrossEntropyGrad is dx += dloss·(softmax(logits) - onehot)/rows, in float64.
func (b *Backend) CrossEntropyGrad(dx, logits, dloss engine.Tensor, labels []int32) {
	const op = "cross_entropy_grad"
	dx.Shape(op, logits.Rows, logits.Cols)
	dloss.Shape(op, 1, 1)
	checkLabels(op, logits, labels)
	x, dst, n := in(op, logits), out(op, dx), logits.Cols
	scale := float64(in(op, dloss)[0]) / float64(len(labels))
	b.pool.split(len(labels), 1, 16*n, func(lo, hi int, _ *scratch) {
		for r := lo; r < hi; r++ {
			row, d := x[r*n:(r+1)*n], dst[r*n:(r+1)*n]
			norm := logSumExp(row)
			for i, v := range row {
				p := math.Exp(float64(v) - norm)
				if i == int(labels[r]) {
					p--
				}
				d[i] += float32(scale * p)
			}
		}
	})
}

func checkLabels(op string, logits engine.Tensor, labels []int32) {
	engine.Must(len(labels) == logits.Rows, op, "%d labels for %v", len(labels), logits)
	checkRows(op, labels, logits.Cols)
}

func logSumExp(x []float32) float64 {
	peak := math.Inf(-1)
	for _, v := range x {
		peak = max(peak, float64(v))
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(float64(v) - peak)
	}
	return peak + math.Log(sum)
}
