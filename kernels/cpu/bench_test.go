package cpu_test

import (
	"fmt"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// mini is one Transformer layer of the mini backbone's sizes on a batch of sentences of 41 rows, with what prompt tuning computes of it.
type mini struct {
	b                                         *cpu.Backend
	rows                                      int
	ragged                                    engine.Ragged
	wq, wkv, wo, w1, w2, bq, bkv, bo, b1, b2  engine.Tensor
	gamma, beta                               engine.Tensor
	x, q, kv, att, h, pre, u, s               engine.Tensor
	dx, dq, dkv, datt, dh, du, dpre, ds, none engine.Tensor
}

const miniH, miniF, miniHeads, miniRows = 384, 1536, 12, 41

func newMini(t testing.TB, b *cpu.Backend, sentences int) *mini {
	return newLayer(t, b, sentences, miniRows, miniH, miniF, miniHeads)
}

// newLayer is a layer of width h and f on sentences of the given number of rows.
func newLayer(t testing.TB, b *cpu.Backend, sentences, rows, h, f, heads int) *mini {
	m := &mini{b: b, rows: sentences * rows}
	seed := uint32(1)
	tensor := func(use engine.Use, rows, cols int, size float32) engine.Tensor {
		buf, err := b.Alloc(engine.F32, rows*cols, use)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, rows*cols)
		for i := range x {
			seed = seed*1664525 + 1013904223
			x[i] = (float32(seed>>8)/(1<<23) - 1) * size
		}
		y := engine.Whole(buf, rows, cols)
		b.Upload(y, x)
		return y
	}
	weights := func(rows, cols int) engine.Tensor { return tensor(engine.Weights, rows, cols, 0.1) }
	act := func(cols int) engine.Tensor { return tensor(engine.Activations, m.rows, cols, 1) }
	m.wq, m.wkv, m.wo = weights(h, h), weights(2*h, h), weights(h, h)
	m.w1, m.w2 = weights(f, h), weights(h, f)
	m.bq, m.bkv, m.bo, m.b1, m.b2 = weights(1, h), weights(1, 2*h), weights(1, h), weights(1, f), weights(1, h)
	m.gamma, m.beta = weights(1, h), weights(1, h)
	m.x, m.q, m.kv, m.att, m.h, m.s = act(h), act(h), act(2*h), act(h), act(h), act(h)
	m.pre, m.u = act(f), act(f)
	m.dx, m.dq, m.dkv, m.datt, m.dh, m.ds = act(h), act(h), act(2*h), act(h), act(h), act(h)
	m.du, m.dpre = act(f), act(f)
	off := make([]int32, sentences+1)
	for i := range off {
		off[i] = int32(i * rows)
	}
	m.ragged = engine.Ragged{QOff: off, KVOff: off, Heads: heads}
	return m
}

func (m *mini) forward() {
	m.b.Linear(m.q, m.x, m.wq, m.bq, m.none)
	m.b.Linear(m.kv, m.x, m.wkv, m.bkv, m.none)
	m.b.Attention(m.att, m.q, m.kv, m.ragged)
	m.b.Linear(m.h, m.att, m.wo, m.bo, m.x)
	m.b.LayerNorm(m.h, m.h, m.gamma, m.beta, 1e-5)
	m.b.FFNUp(m.u, m.pre, m.h, m.w1, m.b1, nil, nil)
	m.b.Linear(m.s, m.u, m.w2, m.b2, m.h)
	m.b.LayerNorm(m.s, m.s, m.gamma, m.beta, 1e-5)
}

// backward computes gradients of activations only, zeroing them as a tape does.
func (m *mini) backward() {
	for _, g := range []engine.Tensor{m.dx, m.dq, m.dkv, m.datt, m.dh, m.du, m.dpre} {
		m.b.Zero(g)
	}
	m.b.LayerNormGrad(m.dh, m.none, m.none, m.ds, m.s, m.gamma, 1e-5)
	m.b.LinearGradX(m.du, m.dh, m.w2)
	m.b.FFNActGrad(m.dpre, m.du, m.pre, nil)
	m.b.LinearGradX(m.dh, m.dpre, m.w1)
	m.b.LayerNormGrad(m.dx, m.none, m.none, m.dh, m.h, m.gamma, 1e-5)
	m.b.LinearGradX(m.datt, m.dx, m.wo)
	m.b.AttentionGrad(m.dq, m.dkv, m.datt, m.q, m.kv, m.ragged)
	m.b.LinearGradX(m.dx, m.dq, m.wq)
	m.b.LinearGradX(m.dx, m.dkv, m.wkv)
}

// BenchmarkMini measures the ops of a layer, and a layer's forward and backward, at a batch of 32 sentences.
func BenchmarkMini(b *testing.B) {
	for _, set := range simd.Sets() {
		m := newMini(b, open(b, set.Name, 0), 32)
		r, h, f := float64(m.rows), float64(miniH), float64(miniF)
		pairs := r * miniRows * h // multiply-adds of q·kᵀ over all heads
		slot := make([]int32, m.rows)
		acc, err := m.b.Alloc(engine.I64, miniF, engine.Activations)
		if err != nil {
			b.Fatal(err)
		}
		tap := &engine.Tap{Kind: engine.TapSum, Slot: slot, Slots: 1, Acc: engine.Whole(acc, 1, miniF)}
		m.b.Zero(tap.Acc)
		w1g, err := m.b.Alloc(engine.F32, miniF*miniH, engine.Activations)
		if err != nil {
			b.Fatal(err)
		}
		layer := 2*r*h*(4*h+2*f) + 4*pairs
		for _, c := range []struct {
			op   string
			flop float64
			run  func()
		}{
			{"ffn_up", 2 * r * h * f, func() { m.b.FFNUp(m.u, m.pre, m.h, m.w1, m.b1, nil, nil) }},
			{"ffn_up+sum", 2 * r * h * f, func() { m.b.Zero(tap.Acc); m.b.FFNUp(m.u, m.pre, m.h, m.w1, m.b1, nil, []*engine.Tap{tap}) }},
			{"linear_down", 2 * r * h * f, func() { m.b.Linear(m.s, m.u, m.w2, m.b2, m.h) }},
			{"linear_qkv", 6 * r * h * h, func() { m.b.Linear(m.q, m.x, m.wq, m.bq, m.none); m.b.Linear(m.kv, m.x, m.wkv, m.bkv, m.none) }},
			{"attention", 4 * pairs, func() { m.b.Attention(m.att, m.q, m.kv, m.ragged) }},
			{"attention_grad", 10 * pairs, func() { m.b.AttentionGrad(m.dq, m.dkv, m.datt, m.q, m.kv, m.ragged) }},
			{"layer_norm", 8 * r * h, func() { m.b.LayerNorm(m.h, m.s, m.gamma, m.beta, 1e-5) }},
			{"layer_norm_grad", 16 * r * h, func() { m.b.LayerNormGrad(m.dx, m.none, m.none, m.dh, m.h, m.gamma, 1e-5) }},
			{"ffn_act_grad", 8 * r * f, func() { m.b.FFNActGrad(m.dpre, m.du, m.pre, nil) }},
			{"linear_grad_x", 2 * r * h * f, func() { m.b.LinearGradX(m.dh, m.dpre, m.w1) }},
			{"linear_grad_w", 2 * r * h * f, func() { m.b.LinearGradW(engine.Whole(w1g, miniF, miniH), m.dpre, m.x) }},
			{"forward", layer, m.forward},
			{"backward", layer + 6*pairs, m.backward},
		} {
			b.Run(fmt.Sprintf("op=%s/m=%d/prec=f32/impl=%s", c.op, m.rows, set.Name), func(b *testing.B) {
				c.run()
				for b.Loop() {
					c.run()
				}
				b.ReportMetric(c.flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
