// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// Extents of the blocks of attention.cu.
const (
	attRows = 32 // queries, keys
	attCols = 64 // columns of a head
)

// heads is one attention call: its arguments but for the destination, and the cut of its sentences into tiles.
type heads struct {
	queries, keys tiles
	count, d      int
	args          func(to *args, c tiles) *args // behind the destinations
}

// tiles are blocks of rows, each of one sentence.
type tiles struct {
	n               int
	sentence, first address
}

// cut makes tiles of the sentences in off, but for sentences without queries, and as many of no sentence as any batch of equally many sentences and the same
// bucket of rows may need.
func cut(off, queries []int32) (sentence, first []int32) {
	for s := range len(off) - 1 {
		if queries[s] == queries[s+1] {
			continue
		}
		for r := int32(0); r < off[s+1]-off[s]; r += attRows {
			sentence, first = append(sentence, int32(s)), append(first, r)
		}
	}
	sentences := len(off) - 1
	most := (bucket(int(off[sentences])) + (attRows-1)*sentences) / attRows
	return upTo(sentence, most, -1), upTo(first, most, -1)
}

func checkHeads(op string, q, kv engine.Tensor, a engine.Ragged) {
	a.Check(op, q, kv)
	if a.Drop.On() && len(a.Drop.Example) != len(a.QOff)-1 {
		engine.Fail(op, "dropout has examples for %d of %d sentences", len(a.Drop.Example), len(a.QOff)-1)
	}
	floats(op, q, kv)
}

// heads brings what describes the sentences to the device. sources are the tensors that the kernels read, q and kv the last.
func (b *Backend) heads(op string, a engine.Ragged, sources ...engine.Tensor) heads {
	q := sources[len(sources)-2]
	var stream []uint64
	if a.Drop.On() {
		stream = make([]uint64, len(a.QOff)-1)
		for s := range stream {
			stream[s] = a.Drop.Key(s)
		}
	}
	qs, qf := cut(a.QOff, a.QOff)
	ks, kf := cut(a.KVOff, a.QOff)
	t := b.tables(raw(a.QOff), raw(a.KVOff), raw(stream), raw(qs), raw(qf), raw(ks), raw(kf))
	if stream == nil {
		t[2] = 0
	}
	read := make([]address, len(sources))
	for i, x := range sources {
		read[i] = b.in(op, x)
	}
	x := heads{queries: tiles{len(qs), t[3], t[4]}, keys: tiles{len(ks), t[5], t[6]}, count: a.Heads, d: q.Cols / a.Heads}
	x.args = func(to *args, c tiles) *args {
		to.at(read...).at(c.sentence, c.first, t[0], t[1]).ints(q.Cols, x.d)
		return to.float(float32(1 / math.Sqrt(float64(x.d)))).at(t[2]).ints(dropLimit(a.Drop)).float(dropScale(a.Drop))
	}
	return x
}

// launch runs a kernel over tiles, heads and, with split, blocks of a head's columns.
func (x *heads) launch(b *Backend, kernel string, c tiles, split bool, to *args) {
	g := grid{c.n, x.count, 1}
	if split {
		g.z = blocks(x.d, attCols)
	}
	b.launch(kernel, g, 256, x.args(to, c))
}

// Attention is dst [Q, H]: per sentence and head softmax(q·kᵀ/√d)·v.
func (b *Backend) Attention(dst, q, kv engine.Tensor, a engine.Ragged) {
	const op = "attention"
	dst.Shape(op, q.Rows, q.Cols)
	disjoint(op, dst, q, kv)
	checkHeads(op, q, kv, a)
	to := out(op, dst)
	b.begin()
	defer b.end()
	x := b.heads(op, a, q, kv)
	into := pass().at(to)
	if x.d%2 == 0 { // a word of two numbers is of one head
		b.also(into, dst)
	} else {
		into.at(0).ints(0, 0)
	}
	x.launch(b, "attention", x.queries, true, into)
}

// AttentionGrad computes the weights again; see attentiongrad.cu.
func (b *Backend) AttentionGrad(dq, dkv, dy, q, kv engine.Tensor, a engine.Ragged) {
	const op = "attention_grad"
	dy.Shape(op, q.Rows, q.Cols)
	checkHeads(op, q, kv, a)
	floats(op, dy)
	disjoint(op, dq, dy, q, kv, dkv)
	disjoint(op, dkv, dy, q, kv)
	toQ, toKV := outIf(op, dq, q.Rows, q.Cols), outIf(op, dkv, kv.Rows, kv.Cols)
	if !dq.Ok() && !dkv.Ok() {
		return
	}
	b.begin()
	defer b.end()
	x := b.heads(op, a, dy, q, kv)
	stats := b.temp(3 * 4 * bucket(q.Rows) * a.Heads)
	x.launch(b, "attention_stats", x.queries, false, pass().at(stats))
	if dq.Ok() {
		x.launch(b, "attention_grad_q", x.queries, true, pass().at(toQ, stats))
	}
	if dkv.Ok() {
		x.launch(b, "attention_grad_kv", x.keys, true, pass().at(toKV, stats))
	}
}
