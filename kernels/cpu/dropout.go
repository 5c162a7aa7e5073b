package cpu

import "github.com/skillneuron/skillneuron/engine"

// Dropout is dst = x·keep/(1-p).
func (b *Backend) Dropout(dst, x engine.Tensor, d engine.Dropout) {
	const op = "dropout"
	dst.Shape(op, x.Rows, x.Cols)
	if !d.On() {
		b.Copy(dst, x)
		return
	}
	d.Check(op, x.Rows)
	j := b.job()
	j.x, j.to, j.cols, j.drop = in(op, x), out(op, dst), x.Cols, d
	j.split(len(d.Example), 1, sentenceCost(x, d), func(j *job, lo, hi int, _ *scratch) {
		for s := lo; s < hi; s++ {
			first, end := int(j.drop.Off[s])*j.cols, int(j.drop.Off[s+1])*j.cols
			j.drop.Apply(j.to[first:end], j.x[first:end], j.drop.Key(s), 0)
		}
	})
}

// DropoutGrad is dx += dy·keep/(1-p).
func (b *Backend) DropoutGrad(dx, dy engine.Tensor, d engine.Dropout) {
	const op = "dropout_grad"
	dx.Shape(op, dy.Rows, dy.Cols)
	if !d.On() {
		b.Axpy(dx, 1, dy)
		return
	}
	d.Check(op, dy.Rows)
	j := b.job()
	j.x, j.to, j.cols, j.drop = in(op, dy), out(op, dx), dy.Cols, d
	j.split(len(d.Example), 1, sentenceCost(dy, d), func(j *job, lo, hi int, _ *scratch) {
		for s := lo; s < hi; s++ {
			first, end := int(j.drop.Off[s])*j.cols, int(j.drop.Off[s+1])*j.cols
			j.drop.ApplyAdd(j.to[first:end], j.x[first:end], j.drop.Key(s), 0)
		}
	})
}

// sentenceCost is the work of a sentence, in elementary operations.
func sentenceCost(x engine.Tensor, d engine.Dropout) int {
	return 4 * x.Len() / max(1, len(d.Example))
}
