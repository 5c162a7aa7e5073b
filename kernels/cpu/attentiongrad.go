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
	g := &headsGrad{heads: x, dy: in(op, dy)}
	if dq.Ok() {
		dq.Shape(op, q.Rows, q.Cols)
		g.dq = out(op, dq)
	}
	if dkv.Ok() {
		dkv.Shape(op, kv.Rows, kv.Cols)
		g.dkv = out(op, dkv)
	}
	for _, t := range []engine.Tensor{dq, dkv} {
		engine.Must(!overlaps(t, dy) && !overlaps(t, q) && !overlaps(t, kv), op, "a gradient overlaps a source")
	}
	engine.Must(!overlaps(dq, dkv), op, "gradients overlap each other")
	if g.dq != nil || g.dkv != nil {
		x.each(g.head)
	}
}

type headsGrad struct {
	*heads
	dy, dq, dkv []float32
}

// head adds the gradients of one head of one sentence, a block of queries at a time.
func (g *headsGrad) head(s, head int, sc *scratch) {
	k, a, h, d := g.b.k, g.a, g.h, g.d
	nq, nk := int(a.QOff[s+1]-a.QOff[s]), int(a.KVOff[s+1]-a.KVOff[s])
	block := min(nq, queryBlock)
	keysT := sc.get(slotPack, k.PackedLen(d, nk))
	k.PackT(keysT, g.keys(s, head), nk, d, 2*h)
	valuesT := sc.get(slotPack2, k.PackedLen(d, nk))
	k.PackT(valuesT, g.values(s, head), nk, d, 2*h)
	var keys []float32
	if g.dq != nil {
		keys = sc.get(slotPack3, k.PackedLen(nk, d))
		k.PackN(keys, g.keys(s, head), nk, d, 2*h)
	}
	p, ds := sc.get(slotWide, block*nk), sc.get(slotWide2, block*nk)
	for lo := 0; lo < nq; lo += queryBlock {
		hi := min(nq, lo+queryBlock)
		first := (int(a.QOff[s])+lo)*h + head*d
		g.weights(p, s, head, lo, hi, keysT)
		if g.dkv != nil {
			g.valueGrad(p, s, head, lo, hi, sc)
		}
		k.Gemm(hi-lo, nk, d, g.dy[first:], h, valuesT, ds, nk, simd.Epilogue{})
		if a.Drop.On() {
			g.drop(ds, s, head, lo, hi)
		}
		for i := range hi - lo {
			p, ds := p[i*nk:(i+1)*nk], ds[i*nk:(i+1)*nk]
			k.Mul(ds, ds, p)
			k.Axpy(ds, -k.Sum(ds), p)
			k.Scale(ds, g.scale, ds)
		}
		if g.dq != nil {
			k.Gemm(hi-lo, d, nk, ds, nk, keys, g.dq[first:], h, simd.Epilogue{Accumulate: true})
		}
		if g.dkv != nil {
			queries := sc.get(slotPack4, k.PackedLen(hi-lo, d))
			k.PackN(queries, g.q[first:], hi-lo, d, h)
			g.addTransposed(g.dkv[int(a.KVOff[s])*2*h+head*d:], ds, hi-lo, nk, queries, sc)
		}
	}
}

// valueGrad is dv += P'ᵀ·dy; p stays as it was.
func (g *headsGrad) valueGrad(p []float32, s, head, lo, hi int, sc *scratch) {
	k, a, h, d := g.b.k, g.a, g.h, g.d
	nk := int(a.KVOff[s+1] - a.KVOff[s])
	if a.Drop.On() {
		kept := sc.get(slotWide2, len(p))
		copy(kept, p)
		g.drop(kept, s, head, lo, hi)
		p = kept
	}
	dy := sc.get(slotPack4, k.PackedLen(hi-lo, d))
	k.PackN(dy, g.dy[(int(a.QOff[s])+lo)*h+head*d:], hi-lo, d, h)
	g.addTransposed(g.dkv[int(a.KVOff[s])*2*h+h+head*d:], p, hi-lo, nk, dy, sc)
}

// addTransposed is dst [nk, d] += wᵀ·packed for w [rows, nk].
func (g *headsGrad) addTransposed(dst, w []float32, rows, nk int, packed []float32, sc *scratch) {
	t := sc.get(slotRow, nk*rows)
	g.b.k.Transpose(t, rows, w, nk, rows, nk)
	g.b.k.Gemm(nk, g.d, rows, t, rows, packed, dst, 2*g.h, simd.Epilogue{Accumulate: true})
}
