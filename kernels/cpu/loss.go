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
	j := b.job()
	j.x, j.to, j.rows, j.cols = in(op, logits), out(op, dx), labels, logits.Cols
	j.loss = float64(in(op, dloss)[0]) / float64(len(labels))
	j.split(len(labels), 1, 16*j.cols, func(j *job, lo, hi int, _ *scratch) {
		for r := lo; r < hi; r++ {
			row, d := j.x[r*j.cols:(r+1)*j.cols], j.to[r*j.cols:(r+1)*j.cols]
			norm := logSumExp(row)
			for i, v := range row {
				p := math.Exp(float64(v) - norm)
				if i == int(j.rows[r]) {
					p--
				}
				d[i] += float32(j.loss * p)
			}
		}
	})
}

func checkLabels(op string, logits engine.Tensor, labels []int32) {
	if len(labels) != logits.Rows {
		engine.Fail(op, "%d labels for %v", len(labels), logits)
	}
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
