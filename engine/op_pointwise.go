package engine

import "math"

// GELU is the exact Gaussian error linear unit (Hendrycks and Gimpel 2016), by erf.
var GELU = &Op{
	Name:    "gelu",
	Formula: "y = x·Φ(x)",
	Inputs:  []string{"x"},
	Shape:   like,
	Forward: func(be Backend, n *Node) { be.GELU(n.Out.T, n.In[0].T) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.GELUGrad(n.In[0].G, n.In[0].T, n.Out.G)
	},
	Reference: func(in []*Mat, _ *Attr) *Mat {
		return each(in[0], func(_ int, x float64) float64 { return gelu(x) })
	},
}

func gelu(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }

// ReLU is the rectifier; adapters use it.
var ReLU = &Op{
	Name:    "relu",
	Formula: "y = max(x, 0)",
	Inputs:  []string{"x"},
	Shape:   like,
	Forward: func(be Backend, n *Node) { be.ReLU(n.Out.T, n.In[0].T) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.ReLUGrad(n.In[0].G, n.In[0].T, n.Out.G)
	},
	Reference: func(in []*Mat, _ *Attr) *Mat {
		return each(in[0], func(_ int, x float64) float64 {
			if x < 0 {
				return 0
			}
			return x
		})
	},
}

// Add is a residual connection.
var Add = &Op{
	Name:    "add",
	Formula: "y = a + b",
	Inputs:  []string{"a", "b"},
	Shape:   like,
	Forward: func(be Backend, n *Node) { be.Add(n.Out.T, n.In[0].T, n.In[1].T) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		for _, v := range n.In[:2] {
			if g := grad(v); g.Ok() {
				be.Axpy(g, 1, n.Out.G)
			}
		}
	},
	Reference: func(in []*Mat, _ *Attr) *Mat {
		return each(in[0], func(i int, x float64) float64 { return x + in[1].V[i] })
	},
}

// Dropped is inverted dropout with a counter-based generator.
var Dropped = &Op{
	Name:    "dropout",
	Formula: "y = x·keep/(1-p)",
	Inputs:  []string{"x"},
	Shape:   like,
	Forward: func(be Backend, n *Node) { be.Dropout(n.Out.T, n.In[0].T, n.Attr.Drop) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.DropoutGrad(n.In[0].G, n.Out.G, n.Attr.Drop)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		d, x := attr.Drop, in[0]
		y := NewMat(x.Rows, x.Cols)
		for s := range len(d.Off) - 1 {
			lo, hi := int(d.Off[s])*x.Cols, int(d.Off[s+1])*x.Cols
			for i := lo; i < hi; i++ {
				if d.Keep(d.Key(s), i-lo) {
					y.V[i] = x.V[i] / (1 - float64(d.P))
				}
			}
		}
		return y
	},
}
