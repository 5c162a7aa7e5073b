package enginetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// SameBits wants of all backends, such as one kernel set with several numbers of threads, the same bits for every sentence: alone, in batches of 1, 7 and
// 32 sentences, and with all others; with taps and without.
func SameBits(t *testing.T, backends ...engine.Backend) {
	widths := []int{2, 30, 61, 384, 1536}
	sentences := 128
	if testing.Short() {
		sentences = 33
	}
	for _, h := range widths {
		b := newBatchRun(h, sentences)
		want := b.run(t, backends[0], 0, sentences, false)
		for i, be := range backends {
			for _, size := range []int{1, 7, 32, 128} {
				what := fmt.Sprintf("%s (backend %d), width %d, batches of %d", be.Name(), i, h, size)
				got := newOutcome(b)
				for lo := 0; lo < sentences; lo += size {
					got.add(b.run(t, be, lo, min(lo+size, sentences), size != 7))
				}
				got.compare(t, what, want)
			}
		}
		b.rowsAlone(t, backends, want)
		b.gradients(t, backends)
	}
}

// batchRun is a batch of sentences and the weights that it meets.
type batchRun struct {
	h, f           int
	off            []int32
	x, kv          *engine.Mat
	w, bias, w1    *engine.Mat
	b1, gamma, rst *engine.Mat
	edit           *engine.Edit
}

func newBatchRun(h, sentences int) *batchRun {
	r := stream(uint64(h))
	b := &batchRun{h: h, f: 50}
	lengths := make([]int, sentences)
	for i := range lengths {
		lengths[i] = 1 + i*5%7
	}
	lengths[sentences/2] = 45
	b.off = offsets(lengths...)
	rows := int(b.off[sentences])
	b.x, b.kv = normal(r, rows, h, 1), normal(r, rows, 2*h, 1)
	b.w, b.bias, b.w1, b.b1 = weight(r, 37, h), normal(r, 1, 37, 1), weight(r, b.f, h), normal(r, 1, b.f, 1)
	b.gamma, b.rst = normal(r, 1, h, 1), normal(r, rows, 37, 1)
	b.edit = edit(engine.EditGaussian, rows, b.f, 7)
	for s := range sentences {
		for i := b.off[s]; i < b.off[s+1]; i++ {
			b.edit.Example[i] = int32(50 + s)
		}
	}
	return b
}

// outcome is what a run gives: rows of each op, and accumulators.
type outcome struct {
	rows map[string][]float32
	sums []int64
}

func newOutcome(b *batchRun) *outcome {
	return &outcome{rows: map[string][]float32{}, sums: make([]int64, 2*b.f)}
}

func (o *outcome) add(p *outcome) {
	for k, v := range p.rows {
		o.rows[k] = append(o.rows[k], v...)
	}
	for i, v := range p.sums {
		o.sums[i] += v
	}
}

func (o *outcome) compare(t *testing.T, what string, want *outcome) {
	t.Helper()
	for k, v := range want.rows {
		sameBits(t, what+": "+k, o.rows[k], v)
	}
	for i, v := range want.sums {
		if o.sums[i] != v && want.sums[0] != 0 {
			t.Fatalf("%s: accumulator %d is %d, want %d", what, i, o.sums[i], v)
		}
	}
}

// run computes sentences [lo, hi).
func (b *batchRun) run(t *testing.T, be engine.Backend, lo, hi int, withPre bool) *outcome {
	p := newPlace(t, be)
	defer p.free()
	first, end := int(b.off[lo]), int(b.off[hi])
	n := end - first
	cut := func(m *engine.Mat) engine.Tensor {
		return p.put(&engine.Mat{Rows: n, Cols: m.Cols, V: m.V[first*m.Cols : end*m.Cols]})
	}
	x, kv, res := cut(b.x), cut(b.kv), cut(b.rst)
	out := newOutcome(b)
	note := func(name string, y engine.Tensor) engine.Tensor {
		out.rows[name] = download(be, y)
		return y
	}
	y := p.fresh(n, 37)
	p.use = engine.Weights
	w, bias, w1, b1, gamma := p.put(b.w), p.put(b.bias), p.put(b.w1), p.put(b.b1), p.put(b.gamma)
	p.use = engine.Activations
	be.Linear(y, x, w, bias, res)
	note("linear", y)
	z := p.fresh(n, b.h)
	be.LayerNorm(z, x, gamma, gamma, 1e-5)
	note("layer_norm", z)
	be.GELU(z, x)
	note("gelu", z)

	e := *b.edit
	e.Example = e.Example[first:end]
	pre, a := engine.Tensor{}, p.fresh(n, b.f)
	if withPre {
		pre = p.fresh(n, b.f)
	}
	acc := stored(t, be, engine.I64, engine.Activations, 2, b.f, 0, nil)
	be.Zero(acc)
	tap := &engine.Tap{Kind: engine.TapSum, Slots: 2, Acc: acc}
	for i := range n {
		tap.Slot = append(tap.Slot, int32(int(e.Example[i])%2))
	}
	be.FFNUp(a, pre, x, w1, b1, &e, []*engine.Tap{tap})
	be.DownloadInts(out.sums, acc)
	if err := errors.Join(be.Sync(), tap.Err()); err != nil {
		t.Error(err)
	}
	note("ffn_up", a)
	be.FFNUp(a, engine.Tensor{}, x, w1, b1, &e, nil)
	sameBits(t, "ffn_up without taps", download(be, a), out.rows["ffn_up"])
	if withPre {
		du := p.alloc(n, b.f, 0)
		be.FFNActGrad(du, a, pre, &e)
	}

	off := make([]int32, hi-lo+1)
	for i := range off {
		off[i] = b.off[lo+i] - b.off[lo]
	}
	ragged := engine.Ragged{QOff: off, KVOff: off, Heads: 1 + (b.h+1)%2, Drop: engine.Dropout{P: 0.1, Seed: 3, Off: off, Example: numbers(128)[lo:hi]}}
	be.Attention(z, x, kv, ragged)
	note("attention", z)
	dq, dkv := p.alloc(n, b.h, 0), p.alloc(n, 2*b.h, 0)
	be.AttentionGrad(dq, dkv, x, z, kv, ragged)
	note("attention_grad q", dq)
	note("attention_grad kv", dkv)
	dx := p.alloc(n, b.h, 0)
	be.LinearGradX(dx, y, w)
	note("linear_grad_x", dx)
	be.LayerNormGrad(dx, engine.Tensor{}, engine.Tensor{}, z, x, gamma, 1e-5)
	note("layer_norm_grad", dx)
	return out
}

// rowsAlone multiplies some rows with nothing else in the batch.
func (b *batchRun) rowsAlone(t *testing.T, backends []engine.Backend, want *outcome) {
	for _, be := range backends {
		p := newPlace(t, be)
		p.use = engine.Weights // as in the batch: a backend may round weights, and what is none not
		w, bias := p.put(b.w), p.put(b.bias)
		p.use = engine.Activations
		for r := 0; r < b.x.Rows; r += 1 + b.x.Rows/11 {
			row := func(m *engine.Mat) engine.Tensor { return p.put(&engine.Mat{Rows: 1, Cols: m.Cols, V: m.Row(r)}) }
			y := p.fresh(1, 37)
			be.Linear(y, row(b.x), w, bias, row(b.rst))
			sameBits(t, fmt.Sprintf("%s: row %d alone, width %d", be.Name(), r, b.h), download(be, y), want.rows["linear"][r*37:(r+1)*37])
		}
	}
}

// gradients wants the same gradients of parameters of every backend.
func (b *batchRun) gradients(t *testing.T, backends []engine.Backend) {
	var want []float32
	r := stream(3)
	n := b.x.Rows
	ids, pos := indices(r, n, 40), indices(r, n, 40)
	labels := indices(r, n, b.h)
	for i, be := range backends {
		p := newPlace(t, be)
		x, dy, gamma := p.put(b.x), p.put(b.rst), p.put(b.gamma)
		dw, db := p.alloc(37, b.h, 0.5), p.alloc(1, 37, 0.5)
		be.LinearGradW(dw, dy, x)
		be.SumRows(db, dy)
		dgamma, dbeta := p.alloc(1, b.h, 0.5), p.alloc(1, b.h, 0.5)
		be.LayerNormGrad(engine.Tensor{}, dgamma, dbeta, x, x, gamma, 1e-5)
		dword, dpos, dtyp := p.alloc(40, b.h, 0), p.alloc(40, b.h, 0), p.alloc(1, b.h, 0)
		be.EmbedGrad(dword, dpos, dtyp, engine.Tensor{}, x, ids, pos)
		scattered := p.alloc(40, b.h, 0.25)
		be.ScatterAdd(scattered, x, ids)
		loss, dlogits := p.alloc(1, 1, 1), p.alloc(n, b.h, 0)
		be.CrossEntropyGrad(dlogits, x, loss, labels)
		be.CrossEntropy(loss, x, labels)
		var got []float32
		for _, g := range []engine.Tensor{dw, db, dgamma, dbeta, dword, dpos, dtyp, scattered, dlogits, loss} {
			got = append(got, download(be, g)...)
		}
		if i == 0 {
			want = got
		}
		sameBits(t, fmt.Sprintf("%s (backend %d): gradients at width %d", be.Name(), i, b.h), got, want)
	}
}
