package cpu

import (
	"gonum.org/v1/gonum/blas"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// Linear is dst [M, N] = x [M, K]·Wᵀ + bias + res.
func (b *Backend) Linear(dst, x, w, bias, res engine.Tensor) {
	const op = "linear"
	m, k, n := x.Rows, x.Cols, w.Rows
	w.Shape(op, n, k)
	dst.Shape(op, m, n)
	engine.Must(!overlaps(dst, x) && !overlaps(dst, w), op, "destination overlaps its source")
	ep := simd.Epilogue{}
	if bias.Ok() {
		bias.Shape(op, 1, n)
		ep.Bias = in(op, bias)
	}
	p := product{m: m, n: n, k: k, a: reading(op, x), ep: ep}
	if res.Ok() {
		apart(op, dst, res)
		p.res = reading(op, res)
	}
	p.dst = writing(op, dst)
	b.timesWeights(op, w, p)
}

// timesWeights runs p with B = Wᵀ.
func (b *Backend) timesWeights(op string, w engine.Tensor, p product) {
	s := b.pool.scratch()
	b.right(op, &p, w, true, s)
	if p.words == nil && p.a.x != nil && b.Activations() == engine.BF16 {
		p.a = b.rounded(p.a, p.m, p.k, s.get(slotWideA, p.m*p.k)) // as if it came in bfloat16: a tap, for which it is float32, must not show
	}
	b.multiply(p, s)
	b.pool.putBack(s)
}

// LinearGradX is dx [M, K] += dy [M, N]·W.
func (b *Backend) LinearGradX(dx, dy, w engine.Tensor) {
	const op = "linear_grad_x"
	m, n, k := dy.Rows, dy.Cols, w.Cols
	w.Shape(op, n, k)
	dx.Shape(op, m, k)
	engine.Must(!overlaps(dx, dy) && !overlaps(dx, w), op, "destination overlaps its source")
	ds, to := in(op, dy), out(op, dx)
	s := b.pool.scratch()
	p := product{m: m, n: k, k: n, a: operand{x: ds, ld: n}, dst: operand{x: to, ld: k}, ep: simd.Epilogue{Accumulate: true}}
	b.right(op, &p, w, false, s)
	b.multiply(p, s)
	b.pool.putBack(s)
}

// gradRows is the height of the blocks of dW; it is fixed, so that a BLAS whose sums depend on the height gives the same bits for any number of threads.
const gradRows = 96

// LinearGradW is dw [N, K] += dyᵀ·x, rows summed in their order; blocks of dw are computed in parallel.
func (b *Backend) LinearGradW(dw, dy, x engine.Tensor) {
	const op = "linear_grad_w"
	m, n, k := x.Rows, dy.Cols, x.Cols
	dy.Shape(op, m, n)
	dw.Shape(op, n, k)
	engine.Must(!overlaps(dw, dy) && !overlaps(dw, x), op, "destination overlaps its source")
	ds, xs, to := in(op, dy), in(op, x), out(op, dw)
	if m == 0 || n == 0 || k == 0 {
		return
	}
	s := b.pool.scratch()
	g := product{m: n, n: k, k: m, a: operand{x: ds, ld: n}, dst: operand{x: to, ld: k}}
	blocks := (n + gradRows - 1) / gradRows
	j := b.job()
	if b.blas != nil {
		g.packed = xs
		j.product = g
		j.run(blocks, func(j *job, i int, _ *scratch) {
			p := &j.product
			lo, hi := i*gradRows, min(p.m, (i+1)*gradRows)
			j.b.blas.Sgemm(blas.Trans, blas.NoTrans, hi-lo, p.n, p.k, 1, p.a.x[lo:], p.a.ld, p.packed, p.n, 1, p.dst.x[lo*p.n:hi*p.n], p.n)
		})
	} else {
		g.packed = s.get(slotPack, b.k.PackedLen(m, k))
		b.pack(op, g.packed, x, false)
		j.product = g
		j.run(blocks, func(j *job, i int, s *scratch) {
			p, k := &j.product, j.b.k
			lo, hi := i*gradRows, min(p.m, (i+1)*gradRows)
			t := s.get(slotWide, (hi-lo)*p.k)
			k.Transpose(t, p.k, p.a.x[lo:], p.a.ld, p.k, hi-lo)
			k.Gemm(hi-lo, p.n, p.k, t, p.k, p.packed, p.dst.x[lo*p.n:hi*p.n], p.n, simd.Epilogue{Accumulate: true})
		})
	}
	b.pool.putBack(s)
}
