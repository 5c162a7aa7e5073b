package engine

// Linear is a fully connected layer with weights as PyTorch stores them, and an optional residual.
var Linear = &Op{
	Name:    "linear",
	Formula: "y = x·Wᵀ + b + res",
	Inputs:  []string{"x", "W", "b?", "res?"},
	Shape:   func(n *Node) (int, int) { return n.In[0].T.Rows, n.In[1].T.Rows },
	Forward: func(be Backend, n *Node) {
		be.Linear(n.Out.T, n.In[0].T, n.In[1].T, tensor(n.In[2]), tensor(n.In[3]))
	},
	Backward: func(be Backend, _ *Arena, n *Node) {
		linearBackward(be, n.Out.G, n.In[0], n.In[1], n.In[2])
		if dres := grad(n.In[3]); dres.Ok() {
			be.Axpy(dres, 1, n.Out.G)
		}
	},
	Reference: func(in []*Mat, _ *Attr) *Mat {
		y := linearReference(in[0], in[1], in[2])
		if in[3] != nil {
			for i, r := range in[3].V {
				y.V[i] += r
			}
		}
		return y
	},
}

func linearBackward(be Backend, dy Tensor, x, w, b *Value) {
	if dx := grad(x); dx.Ok() {
		be.LinearGradX(dx, dy, w.T)
	}
	if dw := grad(w); dw.Ok() {
		be.LinearGradW(dw, dy, x.T)
	}
	if db := grad(b); db.Ok() {
		be.SumRows(db, dy)
	}
}

func linearReference(x, w, b *Mat) *Mat {
	y := NewMat(x.Rows, w.Rows)
	for r := range x.Rows {
		for o := range w.Rows {
			var s float64
			for k, v := range x.Row(r) {
				s += v * w.V[o*w.Cols+k]
			}
			if b != nil {
				s += b.V[o]
			}
			y.V[r*w.Rows+o] = s
		}
	}
	return y
}
