package cpu

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// LayerNorm is dst = (x-mean)/sqrt(var+eps)·gamma + beta for each row.
func (b *Backend) LayerNorm(dst, x, gamma, beta engine.Tensor, eps float32) {
	const op = "layer_norm"
	n := x.Cols
	apart(op, dst, x)
	gamma.Shape(op, 1, n)
	beta.Shape(op, 1, n)
	j := b.job()
	j.from, j.onto = reading(op, x), writing(op, dst)
	j.y, j.z, j.cols, j.alpha = in(op, gamma), in(op, beta), n, eps
	j.split(x.Rows, 1, 4*n, func(j *job, lo, hi int, s *scratch) {
		n, k := j.cols, j.b.k
		from, onto := &j.from, &j.onto
		wideX, wideY := s.get(slotRow, n), s.get(slotWide, n)
		for at := lo * n; at < hi*n; at += n {
			x, y := wideX, wideY
			if from.half != nil {
				k.Widen(x, from.half[at:at+n])
			} else {
				x = from.x[at : at+n]
			}
			if onto.half == nil {
				y = onto.x[at : at+n]
			}
			k.LayerNorm(y, x, j.y, j.z, j.alpha)
			if onto.half != nil {
				k.Round(onto.half[at:at+n], y)
			}
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
	s := b.pool.scratch()
	unit := s.get(slotUnit, 2*n)
	g := normGrad{dy: in(op, dy), x: in(op, x), gamma: in(op, gamma), ones: unit[:n], zeros: unit[n:], n: n, eps: eps}
	fill(g.ones, 1)
	clear(g.zeros)
	if dgamma.Ok() {
		dgamma.Shape(op, 1, n)
		g.dgamma, g.stats = out(op, dgamma), s.get(slotStats, 2*rows)
	}
	if dx.Ok() {
		apart(op, dx, x, dy)
		g.dx = out(op, dx)
	}
	if g.dx != nil || g.stats != nil {
		j := b.job()
		j.norm = g
		j.split(rows, 1, 12*n, func(j *job, lo, hi int, s *scratch) { j.norm.rows(j.b.k, lo, hi, s) })
	}
	if dbeta.Ok() {
		b.SumRows(dbeta, dy)
	}
	if g.stats != nil {
		j := b.job()
		j.norm = g
		j.split(n, 16, 2*rows, func(j *job, lo, hi int, _ *scratch) { j.norm.columns(lo, hi) })
	}
	b.pool.putBack(s)
}

// normGrad is a layer norm's gradient under way.
type normGrad struct {
	dx, dgamma   []float32 // nil where not wanted
	dy, x, gamma []float32
	ones, zeros  []float32
	stats        []float32 // mean and rstd of each row, where dgamma is wanted
	n            int
	eps          float32
}

// rows notes the statistics of rows [lo, hi) and adds their dx.
func (g *normGrad) rows(k *simd.Set, lo, hi int, s *scratch) {
	n := g.n
	unit, t := s.get(slotRow, n), s.get(slotWide, n)
	for r := lo; r < hi; r++ {
		mean, rstd := k.LayerNorm(unit, g.x[r*n:(r+1)*n], g.ones, g.zeros, g.eps)
		if g.stats != nil {
			g.stats[2*r], g.stats[2*r+1] = mean, rstd
		}
		if g.dx == nil {
			continue
		}
		k.Mul(t, g.dy[r*n:(r+1)*n], g.gamma)
		m1, m2 := k.Sum(t)/float32(n), k.Dot(t, unit)/float32(n)
		k.Axpy(t, -m2, unit)
		k.Axpy(t, -m1, g.ones)
		k.Axpy(g.dx[r*n:(r+1)*n], rstd, t)
	}
}

// columns adds dgamma of columns [lo, hi), in the order of rows.
func (g *normGrad) columns(lo, hi int) {
	sum := g.dgamma[lo:hi]
	for r := range len(g.stats) / 2 {
		mean, rstd := g.stats[2*r], g.stats[2*r+1]
		x, d := g.x[r*g.n+lo:r*g.n+hi], g.dy[r*g.n+lo:r*g.n+hi]
		for i, v := range x {
			sum[i] += float32(d[i] * float32((v-mean)*rstd))
		}
	}
}
