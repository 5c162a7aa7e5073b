package cpu

import "github.com/skillneuron/skillneuron/kernels/cpu/simd"

// halfHeads are an attention call's activations where all are bfloat16: both products run on tiles, and weights are rounded between them.
type halfHeads struct {
	q, kv, to []uint16
}

// halfScratch is a sentence's head, packed.
type halfScratch struct {
	keys, values simd.BFloat16Weights
}

// attendHalf computes item i. What it does depends on the item alone, never on what else is in the call.
func (x *heads) attendHalf(i int, sc *scratch) {
	s, head, ok := x.item(i)
	if !ok {
		return
	}
	k, a, b := x.k, &x.a, &sc.half
	q0, nq, nk := int(a.QOff[s]), int(a.QOff[s+1]-a.QOff[s]), int(a.KVOff[s+1]-a.KVOff[s])
	kv := x.half.kv[int(a.KVOff[s])*2*x.h+head*x.d:]
	b.keys.Reset(nk, x.d)
	b.keys.PackHalf(k, kv, 2*x.h)
	b.values.Reset(x.d, nk)
	b.values.PackHalfN(k, kv[x.h:], 2*x.h)
	scores := x.square(sc, slotWide)
	rows := sc.parts(1 + (nk+simd.BFloat16KC-1)/simd.BFloat16KC)
	queries, weights := rows[:1], rows[1:]
	for lo := 0; lo < nq; lo += queryBlock {
		m, at := min(nq-lo, queryBlock), (q0+lo)*x.h+head*x.d
		queries[0].BeginHalf(m, x.half.q[at:], x.h, 0, x.d)
		queries[0].SplitRows(k, 0, m)
		k.BFloat16Gemm(m, nk, queries, 0, &b.keys, 0, &simd.BFloat16Out{C: scores, Ld: nk}, &sc.room)
		x.roundWeights(weights, scores, m, nk)
		k.BFloat16Gemm(m, x.d, weights, 0, &b.values, 0, &simd.BFloat16Out{Half: x.half.to[at:], Ld: x.h}, &sc.room)
	}
}

// roundWeights makes weights the softmax of m rows of scores, in blocks of keys.
func (x *heads) roundWeights(weights []simd.BFloat16Rows, scores []float32, m, nk int) {
	if len(weights) == 1 {
		weights[0].Softmax(x.k, m, scores, nk, nk, x.scale)
		return
	}
	for i := range m {
		row := scores[i*nk : (i+1)*nk]
		x.k.Softmax(row, row, x.scale)
	}
	for i := range weights {
		k0 := i * simd.BFloat16KC
		weights[i].Begin(m, scores, nk, k0, min(simd.BFloat16KC, nk-k0), 1)
		weights[i].SplitRows(x.k, 0, m)
	}
}
