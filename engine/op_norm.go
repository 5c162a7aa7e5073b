package engine

import "math"

// LayerNorm normalises each row (Ba, Kiros and Hinton 2016), with biased variance.
var LayerNorm = &Op{
	Name:    "layer_norm",
	Formula: "y = (x-mean)/√(var+eps)·γ + β",
	Inputs:  []string{"x", "gamma", "beta"},
	Shape:   like,
	Forward: func(be Backend, n *Node) {
		be.LayerNorm(n.Out.T, n.In[0].T, n.In[1].T, n.In[2].T, n.Attr.Eps)
	},
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.LayerNormGrad(grad(n.In[0]), grad(n.In[1]), grad(n.In[2]), n.Out.G, n.In[0].T, n.In[1].T, n.Attr.Eps)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		x := in[0]
		y := NewMat(x.Rows, x.Cols)
		for r := range x.Rows {
			var mean, variance float64
			for _, v := range x.Row(r) {
				mean += v / float64(x.Cols)
			}
			for _, v := range x.Row(r) {
				variance += (v - mean) * (v - mean) / float64(x.Cols)
			}
			for i, v := range x.Row(r) {
				y.Row(r)[i] = (v-mean)/math.Sqrt(variance+float64(attr.Eps))*in[1].V[i] + in[2].V[i]
			}
		}
		return y
	},
}
