package cpu

import "github.com/skillneuron/skillneuron/engine"

// LayerNorm is dst = (x-mean)/sqrt(var+eps)·gamma + beta for each row.
func (b *Backend) LayerNorm(dst, x, gamma, beta engine.Tensor, eps float32) {
	const op = "layer_norm"
	n := x.Cols
	apart(op, dst, x)
	gamma.Shape(op, 1, n)
	beta.Shape(op, 1, n)
	xs, g, bs, to := in(op, x), in(op, gamma), in(op, beta), out(op, dst)
	b.pool.split(x.Rows, 1, 4*n, func(lo, hi int, _ *scratch) {
		for r := lo; r < hi; r++ {
			b.k.LayerNorm(to[r*n:(r+1)*n], xs[r*n:(r+1)*n], g, bs, eps)
		}
	})
}

// LayerNormGrad adds the gradients. With x̂ the normalised row and t = dy·gamma:
//
//	dx += rstd·(t - mean(t) - x̂·mean(t·x̂)), dgamma += Σ_r dy·x̂, dbeta += Σ_r dy
func (b *Backend) LayerNormGrad(dx, dgamma, dbeta, dy, x, gamma engine.Tensor, eps float32) {
	const op = "layer_norm_grad"
	rows, n := x.Rows, x.Cols
	dy.Shape(op, rows, n)
	gamma.Shape(op, 1, n)
	if n == 0 {
		return
	}
	ds, xs, g := in(op, dy), in(op, x), in(op, gamma)
	s := b.pool.scratch()
	defer b.pool.putBack(s)
	unit := s.get(slotUnit, 2*n)
	ones, zeros := unit[:n], unit[n:]
	fill(ones, 1)
	clear(zeros)
	var stats, to []float32
	if dgamma.Ok() {
		dgamma.Shape(op, 1, n)
		stats = s.get(slotStats, 2*rows)
	}
	if dx.Ok() {
		apart(op, dx, x, dy)
		to = out(op, dx)
	}
	if to != nil || stats != nil {
		b.pool.split(rows, 1, 12*n, func(lo, hi int, s *scratch) {
			unitRow, t := s.get(slotRow, n), s.get(slotWide, n)
			for r := lo; r < hi; r++ {
				mean, rstd := b.k.LayerNorm(unitRow, xs[r*n:(r+1)*n], ones, zeros, eps)
				if stats != nil {
					stats[2*r], stats[2*r+1] = mean, rstd
				}
				if to == nil {
					continue
				}
				b.k.Mul(t, ds[r*n:(r+1)*n], g)
				m1, m2 := b.k.Sum(t)/float32(n), b.k.Dot(t, unitRow)/float32(n)
				b.k.Axpy(t, -m2, unitRow)
				b.k.Axpy(t, -m1, ones)
				b.k.Axpy(to[r*n:(r+1)*n], rstd, t)
			}
		})
	}
	if dbeta.Ok() {
		b.SumRows(dbeta, dy)
	}
	if stats == nil {
		return
	}
	dg := out(op, dgamma)
	b.pool.split(n, 16, 2*rows, func(lo, hi int, _ *scratch) {
		for r := range rows {
			mean, rstd := stats[2*r], stats[2*r+1]
			x, d, sum := xs[r*n+lo:r*n+hi], ds[r*n+lo:r*n+hi], dg[lo:hi]
			for i, v := range x {
				sum[i] += float32(d[i] * float32((v-mean)*rstd))
			}
		}
	})
}
