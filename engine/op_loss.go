package engine

import "math"

// CrossEntropy is the mean of -log softmax(logits)[label] over rows.
var CrossEntropy = &Op{
	Name:    "cross_entropy",
	Formula: "y = mean_r(logsumexp(x[r]) - x[r, label[r]])",
	Inputs:  []string{"logits"},
	Shape:   func(*Node) (int, int) { return 1, 1 },
	Forward: func(be Backend, n *Node) { be.CrossEntropy(n.Out.T, n.In[0].T, n.Attr.Labels) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.CrossEntropyGrad(n.In[0].G, n.In[0].T, n.Out.G, n.Attr.Labels)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		y := NewMat(1, 1)
		for r, label := range attr.Labels {
			row := in[0].Row(r)
			peak := math.Inf(-1)
			for _, v := range row {
				peak = max(peak, v)
			}
			var sum float64
			for _, v := range row {
				sum += math.Exp(v - peak)
			}
			y.V[0] += (peak + math.Log(sum) - row[label]) / float64(len(attr.Labels))
		}
		return y
	},
}
