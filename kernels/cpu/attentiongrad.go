package cpu

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// AttentionGrad computes the weights P again and, with D their dropout factors and P' = P·D:
//
//	dv += P'ᵀ·dy
//	dS = P·(dP - Σ_key P·dP)/√d, where dP = (dy·vᵀ)·D
//	dq += dS·k, dk += dSᵀ·q
func (b *Backend) AttentionGrad(dq, dkv, dy, q, kv engine.Tensor, a engine.Ragged) {
	const op = "attention_grad"
	dy.Shape(op, q.Rows, q.Cols)
	x := b.heads(op, q, kv, a)
	x.q, x.kv = in(op, q), in(op, kv)
	g := headsGrad{dy: in(op, dy)}
	if dq.Ok() {
		dq.Shape(op, q.Rows, q.Cols)
		g.dq = out(op, dq)
	}
	if dkv.Ok() {
		dkv.Shape(op, kv.Rows, kv.Cols)
		g.dkv = out(op, dkv)
	}
	engine.Must(!overlaps(dq, dy) && !overlaps(dq, q) && !overlaps(dq, kv) && !overlaps(dkv, dy) && !overlaps(dkv, q) && !overlaps(dkv, kv), op,
		"a gradient overlaps a source")
	engine.Must(!overlaps(dq, dkv), op, "gradients overlap each other")
	if g.dq == nil && g.dkv == nil {
		return
	}
	x.grad = g
	j := b.job()
	j.heads = x
	j.run(x.sentences()*a.Heads, func(j *job, i int, s *scratch) { j.heads.addGrad(i, s) })
}

// headsGrad is what the backward pass has beside the forward's; dq and dkv are nil where not wanted.
type headsGrad struct {
	dy, dq, dkv []float32
}

// addGrad adds the gradients of item i, a block of queries at a time.
func (x *heads) addGrad(i int, sc *scratch) {
	s, head, ok := x.item(i)
	if !ok {
		return
	}
	k, a, g, h, d := x.k, &x.a, &x.grad, x.h, x.d
	nq, nk := int(a.QOff[s+1]-a.QOff[s]), int(a.KVOff[s+1]-a.KVOff[s])
	keysT, valuesT := x.scratch(sc, slotPack), x.scratch(sc, slotPack2)
	k.PackT(keysT, x.keys(s, head), nk, d, 2*h)
	k.PackT(valuesT, x.values(s, head), nk, d, 2*h)
	var keys []float32
	if g.dq != nil {
		keys = x.scratch(sc, slotPack3)
		k.PackN(keys, x.keys(s, head), nk, d, 2*h)
	}
	p, ds := x.square(sc, slotWide), x.square(sc, slotWide2)
	for lo := 0; lo < nq; lo += queryBlock {
		hi := min(nq, lo+queryBlock)
		first := (int(a.QOff[s])+lo)*h + head*d
		x.weights(p, s, head, lo, hi, keysT)
		if g.dkv != nil {
			kept := p
			if a.Drop.On() {
				kept = ds
				x.drop(kept, p, s, head, lo, hi)
			}
			dy := x.scratch(sc, slotPack4)
			k.PackN(dy, g.dy[first:], hi-lo, d, h)
			x.addTransposed(g.dkv[int(a.KVOff[s])*2*h+h+head*d:], kept, hi-lo, nk, dy, sc)
		}
		k.Gemm(hi-lo, nk, d, g.dy[first:], h, valuesT, ds, nk, simd.Epilogue{})
		if a.Drop.On() {
			x.drop(ds, ds, s, head, lo, hi)
		}
		all := (hi - lo) * nk
		k.Mul(ds[:all], ds[:all], p[:all])
		for i := 0; i < all; i += nk {
			k.Axpy(ds[i:i+nk], -k.Sum(ds[i:i+nk]), p[i:i+nk])
		}
		k.Scale(ds[:all], x.scale, ds[:all])
		if g.dq != nil {
			k.Gemm(hi-lo, d, nk, ds, nk, keys, g.dq[first:], h, simd.Epilogue{Accumulate: true})
		}
		if g.dkv != nil {
			queries := x.scratch(sc, slotPack4)
			k.PackN(queries, x.q[first:], hi-lo, d, h)
			x.addTransposed(g.dkv[int(a.KVOff[s])*2*h+head*d:], ds, hi-lo, nk, queries, sc)
		}
	}
}

// addTransposed is dst [nk, d] += wᵀ·packed for w [rows, nk].
func (x *heads) addTransposed(dst, w []float32, rows, nk int, packed []float32, sc *scratch) {
	t := x.square(sc, slotRow)
	x.k.Transpose(t, rows, w, nk, rows, nk)
	x.k.Gemm(nk, x.d, rows, t, rows, packed, dst, 2*x.h, simd.Epilogue{Accumulate: true})
}
