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
	if res.Ok() {
		apart(op, dst, res)
		ep.Res, ep.LdRes = in(op, res), n
	}
	xs, to := in(op, x), out(op, dst)
	if b.quantises(w) {
		b.int8Product(op, xs, w, matrix{to, n}, ep, nil)
		return
	}
	s := b.pool.scratch()
	b.product(m, n, k, matrix{xs, k}, b.weights(op, w, true, s), matrix{to, n}, ep, nil)
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
	b.product(m, k, n, matrix{ds, n}, b.weights(op, w, false, s), matrix{to, k}, simd.Epilogue{Accumulate: true}, nil)
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
	blocks := (n + gradRows - 1) / gradRows
	if b.blas != nil {
		b.pool.run(blocks, func(i int, _ *scratch) {
			lo, hi := i*gradRows, min(n, (i+1)*gradRows)
			b.blas.Sgemm(blas.Trans, blas.NoTrans, hi-lo, k, m, 1, ds[lo:], n, xs, k, 1, to[lo*k:hi*k], k)
		})
		return
	}
	s := b.pool.scratch()
	defer b.pool.putBack(s)
	packed := s.get(slotPack, b.k.PackedLen(m, k))
	b.pack(op, packed, x, false)
	b.pool.run(blocks, func(i int, s *scratch) {
		lo, hi := i*gradRows, min(n, (i+1)*gradRows)
		t := s.get(slotWide, (hi-lo)*m)
		b.k.Transpose(t, m, ds[lo:], n, m, hi-lo)
		b.k.Gemm(hi-lo, k, m, t, m, packed, to[lo*k:hi*k], k, simd.Epilogue{Accumulate: true})
	})
}
