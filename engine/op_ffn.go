package engine

// FFNUp is the first half of the feed-forward block: the neurons this project is about, with edit and taps.
var FFNUp = &Op{
	Name:    "ffn_up",
	Formula: "a = edit(gelu(x·W1ᵀ + b1)); taps read a",
	Inputs:  []string{"x", "W1", "b1"},
	Shape:   Linear.Shape,
	Saves:   Linear.Shape,
	Forward: func(be Backend, n *Node) {
		be.FFNUp(n.Out.T, n.Saved, n.In[0].T, n.In[1].T, tensor(n.In[2]), n.Attr.Edit, n.Attr.Taps)
	},
	Backward: func(be Backend, a *Arena, n *Node) {
		m := a.Mark()
		defer a.Release(m)
		du := a.Zeros(n.Out.T.Rows, n.Out.T.Cols)
		be.FFNActGrad(du, n.Out.G, n.Saved, n.Attr.Edit)
		linearBackward(be, du, n.In[0], n.In[1], n.In[2])
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		a := each(linearReference(in[0], in[1], in[2]), func(_ int, u float64) float64 { return gelu(u) })
		if e := attr.Edit; e != nil {
			for r := range a.Rows {
				for _, i := range e.Neurons {
					switch e.Kind {
					case EditZero:
						a.Row(r)[i] = 0
					case EditMean:
						a.Row(r)[i] = float64(e.Vector[i])
					case EditGaussian:
						a.Row(r)[i] += float64(e.Vector[i]) * float64(Normal(e.Seed, e.Layer, int(e.Example[r]), int(i)))
					}
				}
			}
		}
		return a
	},
}
