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
	k          *simd.Set
	a          engine.Ragged
	q, kv      []float32
	h, d       int // columns of q, and of one head
	scale      float32
	maxQ, maxK int // of all sentences
	to         []float32
	half       halfHeads
	grad       headsGrad
}

func (b *Backend) heads(op string, q, kv engine.Tensor, a engine.Ragged) heads {
	a.Check(op, q, kv)
	if a.Drop.On() && len(a.Drop.Example) != len(a.QOff)-1 {
		engine.Fail(op, "dropout has examples for %d of %d sentences", len(a.Drop.Example), len(a.QOff)-1)
	}
	d := q.Cols / a.Heads
	x := heads{k: b.k, a: a, h: q.Cols, d: d, scale: float32(1 / math.Sqrt(float64(d)))}
	for s := range x.sentences() {
		x.maxQ = max(x.maxQ, int(a.QOff[s+1]-a.QOff[s]))
		x.maxK = max(x.maxK, int(a.KVOff[s+1]-a.KVOff[s]))
	}
	return x
}

func (x *heads) sentences() int { return len(x.a.QOff) - 1 }

// item is the sentence and head of item i; ok where there is something to do.
func (x *heads) item(i int) (s, head int, ok bool) {
	s = i / x.a.Heads
	return s, i % x.a.Heads, x.a.QOff[s] < x.a.QOff[s+1] && x.d > 0
}

// scratch is room for a packed [rows, d] or its transpose, for the longest sentence of the call: what a worker takes for its first item serves all.
func (x *heads) scratch(s *scratch, slot int) []float32 {
	return s.get(slot, max(x.k.PackedLen(x.d, x.maxK), x.k.PackedLen(max(x.maxK, min(x.maxQ, queryBlock)), x.d)))
}

// square is room for the weights of a block of queries of the longest sentence.
func (x *heads) square(s *scratch, slot int) []float32 {
	return s.get(slot, min(x.maxQ, queryBlock)*x.maxK)
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
	x.k.Gemm(hi-lo, nk, x.d, x.q[(int(x.a.QOff[s])+lo)*x.h+head*x.d:], x.h, packedKeys, p, nk, simd.Epilogue{})
	for i := range hi - lo {
		x.k.Softmax(p[i*nk:(i+1)*nk], p[i*nk:(i+1)*nk], x.scale)
	}
}

// drop is dst = p·keep/(1-p) for the weights of queries [lo, hi); dst may be p.
func (x *heads) drop(dst, p []float32, s, head, lo, hi int) {
	d := x.a.Drop
	nq, nk := int(x.a.QOff[s+1]-x.a.QOff[s]), int(x.a.KVOff[s+1]-x.a.KVOff[s])
	d.Apply(dst[:(hi-lo)*nk], p, d.Key(s), (head*nq+lo)*nk)
}

// Attention is dst [Q, H]: per sentence and head softmax(q·kᵀ/√d)·v.
func (b *Backend) Attention(dst, q, kv engine.Tensor, a engine.Ragged) {
	const op = "attention"
	dst.Shape(op, q.Rows, q.Cols)
	engine.Must(!overlaps(dst, q) && !overlaps(dst, kv), op, "destination overlaps its source")
	from, keys, to := reading(op, q), reading(op, kv), writing(op, dst)
	x := b.heads(op, q, kv, a)
	if from.half != nil && keys.half != nil && to.half != nil && b.k.HasAMX() && !a.Drop.On() && x.d <= simd.BFloat16KC {
		j := b.job()
		x.half = halfHeads{from.half, keys.half, to.half}
		j.heads = x
		j.run(x.sentences()*a.Heads, func(j *job, i int, s *scratch) { j.heads.attendHalf(i, s) })
		return
	}
	s := b.pool.scratch()
	if x.q = from.x; from.half != nil {
		x.q = b.widened(from, q.Rows, q.Cols, s.get(slotWideA, q.Len())).x
	}
	if x.kv = keys.x; keys.half != nil {
		x.kv = b.widened(keys, kv.Rows, kv.Cols, s.get(slotWideRes, kv.Len())).x
	}
	if x.to = to.x; to.half != nil {
		x.to = s.get(slotWideDst, dst.Len())
	}
	j := b.job()
	j.heads = x
	j.run(x.sentences()*a.Heads, func(j *job, i int, s *scratch) { j.heads.attend(i, s) })
	if to.half != nil {
		b.round(to.half, x.to)
	}
	b.pool.putBack(s)
}

// attend computes item i.
func (x *heads) attend(i int, sc *scratch) {
	s, head, ok := x.item(i)
	if !ok {
		return
	}
	k, a := x.k, &x.a
	nq, nk := int(a.QOff[s+1]-a.QOff[s]), int(a.KVOff[s+1]-a.KVOff[s])
	keys, values, p := x.scratch(sc, slotPack), x.scratch(sc, slotPack2), x.square(sc, slotWide)
	k.PackT(keys, x.keys(s, head), nk, x.d, 2*x.h)
	k.PackN(values, x.values(s, head), nk, x.d, 2*x.h)
	for lo := 0; lo < nq; lo += queryBlock {
		hi := min(nq, lo+queryBlock)
		x.weights(p, s, head, lo, hi, keys)
		if a.Drop.On() {
			x.drop(p, p, s, head, lo, hi)
		}
		k.Gemm(hi-lo, x.d, nk, p, nk, values, x.to[(int(a.QOff[s])+lo)*x.h+head*x.d:], x.h, simd.Epilogue{})
	}
}
