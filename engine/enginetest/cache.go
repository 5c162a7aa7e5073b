package enginetest

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testWeightsChange writes weights between products, by every method that has a destination: no product may see what a backend
// derived from the old ones.
func testWeightsChange(t *testing.T, be engine.Backend) {
	r := stream(90)
	const m, k, n = 6, 34, 51
	p := newPlace(t, be)
	x, dy := p.put(normal(r, m, k, 1)), p.put(normal(r, m, n, 1))
	other, ones := p.put(normal(r, n, k, 1)), p.alloc(n, k, 1)
	big := p.put(normal(r, n, 2*k, 1))
	rows, ids := indices(r, n, n), indices(r, n, n)
	narrowX, narrowW := p.put(normal(r, n, 5, 1)), p.put(normal(r, k, 5, 1))
	gamma := p.alloc(1, k, 1)
	ragged := engine.Ragged{QOff: offsets(n), KVOff: offsets(n), Heads: 1}
	drop := engine.Dropout{P: 0.5, Off: offsets(n), Example: numbers(1)}
	none := engine.Tensor{}
	p.use = engine.Weights
	w := p.put(normal(r, n, k, 1))
	neighbour := engine.Tensor{Buf: w.Buf, Off: 0, Rows: 1, Cols: w.Off}

	writers := map[string]func(){
		"upload":            func() { be.Upload(w, floats(r, n*k, 1)) },
		"upload of a row":   func() { be.Upload(w.Slice(n-1, n), floats(r, k, 1)) },
		"copy":              func() { be.Copy(w, other) },
		"zero":              func() { be.Zero(w.Slice(3, 4)) },
		"fill":              func() { be.Fill(w.Slice(5, 6), 2) },
		"add":               func() { be.Add(w, other, ones) },
		"axpy":              func() { be.Axpy(w, 0.5, other) },
		"gelu":              func() { be.GELU(w, other) },
		"gelu_grad":         func() { be.GELUGrad(w, other, ones) },
		"relu":              func() { be.ReLU(w, other) },
		"relu_grad":         func() { be.ReLUGrad(w, other, ones) },
		"dropout":           func() { be.Dropout(w, other, drop) },
		"dropout_grad":      func() { be.DropoutGrad(w, other, drop) },
		"gather":            func() { be.Gather(w, other, rows) },
		"gather_cols":       func() { be.GatherCols(w, big, indices(r, k, 2*k)) },
		"scatter_add":       func() { be.ScatterAdd(w, other, rows) },
		"sum_rows":          func() { be.SumRows(w.Slice(0, 1), other) },
		"linear":            func() { be.Linear(w, narrowX, narrowW, none, none) },
		"linear_grad_x":     func() { be.LinearGradX(w, narrowX, p.put(normal(r, 5, k, 1))) },
		"linear_grad_w":     func() { be.LinearGradW(w, dy, x) },
		"layer_norm":        func() { be.LayerNorm(w, other, gamma, gamma, 1e-5) },
		"layer_norm_grad":   func() { be.LayerNormGrad(w, none, none, ones, other, gamma, 1e-5) },
		"layer_norm_grad b": func() { be.LayerNormGrad(none, w.Slice(0, 1), w.Slice(1, 2), ones, other, gamma, 1e-5) },
		"attention":         func() { be.Attention(w, other, big, ragged) },
		"attention_grad":    func() { be.AttentionGrad(w, none, ones, other, big, ragged) },
		"attention_grad kv": func() {
			be.AttentionGrad(none, w, p.put(normal(r, n, k/2, 1)), p.put(normal(r, n, k/2, 1)), other, ragged)
		},
		"embed":              func() { be.Embed(w, other, other, other, none, ids, rows) },
		"embed_grad":         func() { be.EmbedGrad(w, none, none, none, other, ids, rows) },
		"embed_grad pos":     func() { be.EmbedGrad(none, w, none, none, other, ids, rows) },
		"embed_grad typ":     func() { be.EmbedGrad(none, none, w, none, other, ids, rows) },
		"ffn_up":             func() { be.FFNUp(w, none, narrowX, narrowW, none, nil, nil) },
		"ffn_up pre":         func() { be.FFNUp(ones, w, narrowX, narrowW, none, nil, nil); be.Fill(ones, 1) },
		"ffn_act_grad":       func() { be.FFNActGrad(w, ones, other, nil) },
		"cross_entropy":      func() { be.CrossEntropy(w.Slice(0, 1).Reshape(k, 1).Slice(0, 1), other, indices(r, n, k)) },
		"cross_entropy_grad": func() { be.CrossEntropyGrad(w, other, ones.Slice(0, 1).Reshape(k, 1).Slice(0, 1), indices(r, n, k)) },
		"adam": func() {
			m, v := p.alloc(n, k, 0), p.alloc(n, k, 0)
			be.Adam(w, other, m, v, engine.AdamStep{LR: 1, Beta1: 0.9, Beta2: 0.98, Eps: 1e-6, Step: 1, GradScale: 1})
		},
		"nothing": func() { be.Fill(neighbour, 0) },
	}
	product := func(w engine.Tensor) []float32 {
		y, dx := p.fresh(m, n), p.alloc(m, k, 0)
		be.Linear(y, x, w, none, none)
		be.LinearGradX(dx, dy, w)
		return append(download(be, y), download(be, dx)...)
	}
	for name, write := range writers {
		before := download(be, w)
		sameBits(t, name+": product before", product(w), product(p.copyOf(w, before)))
		write()
		after := download(be, w)
		changed := false
		for i := range after {
			changed = changed || after[i] != before[i]
		}
		if changed == (name == "nothing") {
			t.Errorf("%s: the weights changed: %v", name, changed)
		}
		sameBits(t, name+": product after the weights changed", product(w), product(p.copyOf(w, after)))
		be.Upload(w, floats(r, n*k, 1))
	}
}

// copyOf is x in a buffer that has never been multiplied.
func (p *place) copyOf(like engine.Tensor, x []float32) engine.Tensor {
	y := p.fresh(like.Rows, like.Cols)
	p.be.Upload(y, x)
	return y
}
