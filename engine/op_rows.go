package engine

// Gather picks rows: the ones that anyone reads.
var Gather = &Op{
	Name:    "gather",
	Formula: "y[i] = x[rows[i]]",
	Inputs:  []string{"x"},
	Shape:   func(n *Node) (int, int) { return len(n.Attr.Rows), n.In[0].T.Cols },
	Forward: func(be Backend, n *Node) { be.Gather(n.Out.T, n.In[0].T, n.Attr.Rows) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.ScatterAdd(n.In[0].G, n.Out.G, n.Attr.Rows)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		y := NewMat(len(attr.Rows), in[0].Cols)
		for i, r := range attr.Rows {
			copy(y.Row(i), in[0].Row(int(r)))
		}
		return y
	},
}

// Embed sums word (or prompt), position and type embeddings.
var Embed = &Op{
	Name:    "embed",
	Formula: "y[r] = word[ids[r]] (or prompt[-1-ids[r]]) + pos[posIDs[r]] + typ[0]",
	Inputs:  []string{"word", "pos", "typ", "prompt?"},
	Shape:   func(n *Node) (int, int) { return len(n.Attr.IDs), n.In[0].T.Cols },
	Forward: func(be Backend, n *Node) {
		be.Embed(n.Out.T, n.In[0].T, n.In[1].T, n.In[2].T, tensor(n.In[3]), n.Attr.IDs, n.Attr.PosIDs)
	},
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.EmbedGrad(grad(n.In[0]), grad(n.In[1]), grad(n.In[2]), grad(n.In[3]), n.Out.G, n.Attr.IDs, n.Attr.PosIDs)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		y := NewMat(len(attr.IDs), in[0].Cols)
		for r, id := range attr.IDs {
			var word []float64
			if id < 0 {
				word = in[3].Row(int(-1 - id))
			} else {
				word = in[0].Row(int(id))
			}
			pos := in[1].Row(int(attr.PosIDs[r]))
			for i := range word {
				y.Row(r)[i] = word[i] + pos[i] + in[2].V[i]
			}
		}
		return y
	},
}
