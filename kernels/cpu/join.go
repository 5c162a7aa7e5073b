package cpu

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// Join is dst[r, k] = logsumexp(x[r, off[k] … off[k+1]-1]), in float64; a class of one word has that word's bits.
func (b *Backend) Join(dst, x engine.Tensor, off []int32) {
	const op = "join"
	checkJoin(op, x, off)
	dst.Shape(op, x.Rows, len(off)-1)
	engine.Must(!overlaps(dst, x), op, "destination overlaps its source")
	from, to, n := in(op, x), out(op, dst), x.Cols
	for r := range x.Rows {
		row := from[r*n : (r+1)*n]
		for k := range dst.Cols {
			to[r*dst.Cols+k] = float32(joined(row[off[k]:off[k+1]]))
		}
	}
}

// JoinGrad is dx[r, i] += dy[r, k]·exp(x[r, i] - y[r, k]) for each word i of class k, in float64.
func (b *Backend) JoinGrad(dx, x, dy engine.Tensor, off []int32) {
	const op = "join_grad"
	checkJoin(op, x, off)
	dx.Shape(op, x.Rows, x.Cols)
	dy.Shape(op, x.Rows, len(off)-1)
	from, grad, to, n := in(op, x), in(op, dy), out(op, dx), x.Cols
	for r := range x.Rows {
		for k := range dy.Cols {
			lo, hi := r*n+int(off[k]), r*n+int(off[k+1])
			y, d := joined(from[lo:hi]), float64(grad[r*dy.Cols+k])
			for i := lo; i < hi; i++ {
				to[i] += float32(d * math.Exp(float64(from[i])-y))
			}
		}
	}
}

// joined is logsumexp where an infinity stays one.
func joined(x []float32) float64 {
	y := logSumExp(x)
	if y != y {
		peak := math.Inf(-1)
		for _, v := range x {
			peak = max(peak, float64(v))
		}
		return peak
	}
	return y
}

// checkJoin wants offsets that give every class a word.
func checkJoin(op string, x engine.Tensor, off []int32) {
	if len(off) < 2 || off[0] != 0 || int(off[len(off)-1]) != x.Cols {
		engine.Fail(op, "offsets %v for %v", off, x)
	}
	for k := range off[1:] {
		if off[k] >= off[k+1] {
			engine.Fail(op, "class %d has no word: offsets %v", k, off)
		}
	}
}
