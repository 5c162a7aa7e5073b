package enginetest

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testOrder adds 1, 1e8 and -1e8 in float32: 0 in this order, 1 in most others. Sums over rows have the order of rows.
func testOrder(t *testing.T, be engine.Backend) {
	const n = 130
	p := newPlace(t, be)
	x := engine.NewMat(3, n)
	for i, v := range []float64{1, 1e8, -1e8} {
		for c := range n {
			x.Row(i)[c] = v
		}
	}
	xt, ones, gamma := p.put(x), p.alloc(3, 2, 1), p.alloc(1, n, 1)
	none := engine.Tensor{}
	same := []int32{0, 0, 0}
	for name, sum := range map[string]func(dst engine.Tensor){
		"sum_rows":          func(dst engine.Tensor) { be.SumRows(dst, xt) },
		"scatter_add":       func(dst engine.Tensor) { be.ScatterAdd(dst, xt, same) },
		"embed_grad word":   func(dst engine.Tensor) { be.EmbedGrad(dst, none, none, none, xt, same, same) },
		"embed_grad pos":    func(dst engine.Tensor) { be.EmbedGrad(none, dst, none, none, xt, same, same) },
		"embed_grad typ":    func(dst engine.Tensor) { be.EmbedGrad(none, none, dst, none, xt, same, same) },
		"embed_grad prompt": func(dst engine.Tensor) { be.EmbedGrad(none, none, none, dst, xt, []int32{-1, -1, -1}, same) },
		"layer_norm_grad":   func(dst engine.Tensor) { be.LayerNormGrad(none, none, dst, xt, xt, gamma, 1e-5) },
		"linear_grad_w": func(dst engine.Tensor) {
			dw := p.alloc(2, n, 0)
			be.LinearGradW(dw, ones, xt)
			be.Copy(dst, dw.Slice(1, 2))
		},
	} {
		dst := p.alloc(1, n, 0)
		sum(dst)
		for c, v := range download(be, dst) {
			if v != 0 {
				t.Fatalf("%s: column %d of 1 + 1e8 - 1e8 is %v, want 0", name, c, v)
			}
		}
	}
}
