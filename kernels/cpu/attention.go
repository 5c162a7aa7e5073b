package cpu

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// queryBlock is the number of queries whose weights are in memory at once. A query's sums run over all keys of its sentence, so the block never
// shows in its result; in gradients of keys and values it fixes the order.
const queryBlock = 96

// heads is one attention call seen as sentences × heads, the items that workers share.
type heads struct {
	b     *Backend
	a     engine.Ragged
	q, kv []float32
	h, d  int // columns of q, and of one head
	scale float32
}

func (b *Backend) heads(op string, q, kv engine.Tensor, a engine.Ragged) *heads {
	a.Check(op, q, kv)
	if a.Drop.On() {
		engine.Must(len(a.Drop.Example) == len(a.QOff)-1, op, "dropout has examples for %d of %d sentences", len(a.Drop.Example), len(a.QOff)-1)
	}
	d := q.Cols / a.Heads
	return &heads{b: b, a: a, q: in(op, q), kv: in(op, kv), h: q.Cols, d: d, scale: float32(1 / math.Sqrt(float64(d)))}
}

// each calls work for every sentence and head that has queries.
func (x *heads) each(work func(s, head int, sc *scratch)) {
	x.b.pool.run((len(x.a.QOff)-1)*x.a.Heads, func(i int, sc *scratch) {
		if s := i / x.a.Heads; x.a.QOff[s] < x.a.QOff[s+1] && x.d > 0 {
			work(s, i%x.a.Heads, sc)
		}
	})
}

// keys and values of a sentence's head, with stride 2H.
func (x *heads) keys(s, head int) []float32 {
	return x.kv[int(x.a.KVOff[s])*2*x.h+head*x.d:]
}

func (x *heads) values(s, head int) []float32 {
	return x.kv[int(x.a.KVOff[s])*2*x.h+x.h+head*x.d:]
}

// weights writes softmax(q·kᵀ/√d) for queries [lo, hi) of sentence s into p, given its packed keys, before dropout.
func (x *heads) weights(p []float32, s, head, lo, hi int, packedKeys []float32) {
	nk := int(x.a.KVOff[s+1] - x.a.KVOff[s])
	k := x.b.k
	k.Gemm(hi-lo, nk, x.d, x.q[(int(x.a.QOff[s])+lo)*x.h+head*x.d:], x.h, packedKeys, p, nk, simd.Epilogue{})
	for i := range hi - lo {
		k.Softmax(p[i*nk:(i+1)*nk], p[i*nk:(i+1)*nk], x.scale)
	}
}

// drop multiplies the weights' rows by keep/(1-p).
func (x *heads) drop(p []float32, s, head, lo, hi int) {
	d := x.a.Drop
	nq, nk := int(x.a.QOff[s+1]-x.a.QOff[s]), int(x.a.KVOff[s+1]-x.a.KVOff[s])
	key, scale, first := d.Key(s), float32(1/(1-float64(d.P))), (head*nq+lo)*nk
	for i := range p[:(hi-lo)*nk] {
		if d.Keep(key, first+i) {
			p[i] *= scale
		} else {
			p[i] = 0
		}
	}
}

// Attention is dst [Q, H]: per sentence and head softmax(q·kᵀ/√d)·v.
func (b *Backend) Attention(dst, q, kv engine.Tensor, a engine.Ragged) {
	const op = "attention"
	dst.Shape(op, q.Rows, q.Cols)
	engine.Must(!overlaps(dst, q) && !overlaps(dst, kv), op, "destination overlaps its source")
	x := b.heads(op, q, kv, a)
	to := out(op, dst)
	x.each(func(s, head int, sc *scratch) {
		nq, nk := int(a.QOff[s+1]-a.QOff[s]), int(a.KVOff[s+1]-a.KVOff[s])
		keys := sc.get(slotPack, b.k.PackedLen(x.d, nk))
		b.k.PackT(keys, x.keys(s, head), nk, x.d, 2*x.h)
		values := sc.get(slotPack2, b.k.PackedLen(nk, x.d))
		b.k.PackN(values, x.values(s, head), nk, x.d, 2*x.h)
		p := sc.get(slotWide, min(nq, queryBlock)*nk)
		for lo := 0; lo < nq; lo += queryBlock {
			hi := min(nq, lo+queryBlock)
			x.weights(p, s, head, lo, hi, keys)
			if a.Drop.On() {
				x.drop(p, s, head, lo, hi)
			}
			b.k.Gemm(hi-lo, x.d, nk, p, nk, values, to[(int(a.QOff[s])+lo)*x.h+head*x.d:], x.h, simd.Epilogue{})
		}
	})
}
