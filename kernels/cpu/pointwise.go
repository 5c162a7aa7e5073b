package cpu

import "github.com/skillneuron/skillneuron/engine"

// apart checks that dst is one of its sources or shares nothing with them.
func apart(op string, dst engine.Tensor, src ...engine.Tensor) {
	for _, x := range src {
		dst.Shape(op, x.Rows, x.Cols)
		engine.Must(same(dst, x) || !overlaps(dst, x), op, "destination overlaps a part of its source")
	}
}

// Add is dst = x + y.
func (b *Backend) Add(dst, x, y engine.Tensor) {
	const op = "add"
	apart(op, dst, x, y)
	j := b.job()
	j.x, j.y, j.to = in(op, x), in(op, y), out(op, dst)
	j.split(len(j.to), 16, 1, func(j *job, lo, hi int, _ *scratch) { j.b.k.Add(j.to[lo:hi], j.x[lo:hi], j.y[lo:hi]) })
}

// Axpy is dst += alpha·x.
func (b *Backend) Axpy(dst engine.Tensor, alpha float32, x engine.Tensor) {
	const op = "axpy"
	apart(op, dst, x)
	j := b.job()
	j.x, j.to, j.alpha = in(op, x), out(op, dst), alpha
	j.split(len(j.to), 16, 1, func(j *job, lo, hi int, _ *scratch) { j.b.k.Axpy(j.to[lo:hi], j.alpha, j.x[lo:hi]) })
}

// GELU is dst = x·Φ(x).
func (b *Backend) GELU(dst, x engine.Tensor) {
	const op = "gelu"
	apart(op, dst, x)
	j := b.job()
	j.x, j.to = in(op, x), out(op, dst)
	j.split(len(j.to), 16, 8, func(j *job, lo, hi int, _ *scratch) { j.b.k.GELU(j.to[lo:hi], j.x[lo:hi]) })
}

// GELUGrad is dx += dy·gelu'(x).
func (b *Backend) GELUGrad(dx, x, dy engine.Tensor) {
	const op = "gelu_grad"
	apart(op, dx, x, dy)
	j := b.job()
	j.x, j.y, j.to = in(op, x), in(op, dy), out(op, dx)
	j.split(len(j.to), 16, 8, func(j *job, lo, hi int, s *scratch) { j.b.geluGrad(j.to[lo:hi], j.x[lo:hi], j.y[lo:hi], s) })
}

// geluGrad is dx += dy·gelu'(x), by way of a scratch that stays in the first cache.
func (b *Backend) geluGrad(dx, x, dy []float32, s *scratch) {
	const block = 1 << 10
	t := s.get(slotGELU, min(block, len(dx)))
	for i := 0; i < len(dx); i += block {
		j := min(i+block, len(dx))
		b.k.GELUGrad(t[:j-i], x[i:j], dy[i:j])
		b.k.Add(dx[i:j], dx[i:j], t[:j-i])
	}
}

// ReLU is dst = max(x, 0); NaN stays.
func (b *Backend) ReLU(dst, x engine.Tensor) {
	const op = "relu"
	apart(op, dst, x)
	j := b.job()
	j.x, j.to = in(op, x), out(op, dst)
	j.split(len(j.to), 16, 2, func(j *job, lo, hi int, _ *scratch) {
		for i := lo; i < hi; i++ {
			j.to[i] = max(j.x[i], 0)
		}
	})
}

// ReLUGrad is dx += dy where x > 0.
func (b *Backend) ReLUGrad(dx, x, dy engine.Tensor) {
	const op = "relu_grad"
	apart(op, dx, x, dy)
	j := b.job()
	j.x, j.y, j.to = in(op, x), in(op, dy), out(op, dx)
	j.split(len(j.to), 16, 2, func(j *job, lo, hi int, _ *scratch) {
		for i := lo; i < hi; i++ {
			if j.x[i] > 0 {
				j.to[i] += j.y[i]
			}
		}
	})
}
