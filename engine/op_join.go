package engine

import "math"

// Join makes one logit a class of the logits of its words: their logsumexp, so that the class's probability is the sum of theirs.
var Join = &Op{
	Name:    "join",
	Formula: "y[r, k] = logsumexp(x[r, off[k] … off[k+1]-1])",
	Inputs:  []string{"logits"},
	Shape:   func(n *Node) (int, int) { return n.In[0].T.Rows, len(n.Attr.Off) - 1 },
	Forward: func(be Backend, n *Node) { be.Join(n.Out.T, n.In[0].T, n.Attr.Off) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.JoinGrad(n.In[0].G, n.In[0].T, n.Out.G, n.Attr.Off)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		y := NewMat(in[0].Rows, len(attr.Off)-1)
		for r := range y.Rows {
			for k := range y.Cols {
				x := in[0].Row(r)[attr.Off[k]:attr.Off[k+1]]
				peak := math.Inf(-1)
				for _, v := range x {
					peak = max(peak, v)
				}
				var sum float64
				for _, v := range x {
					sum += math.Exp(v - peak)
				}
				y.Row(r)[k] = peak + math.Log(sum)
				if math.IsInf(peak, 0) {
					y.Row(r)[k] = peak
				}
			}
		}
		return y
	},
}
