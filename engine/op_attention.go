package engine

import "math"

// SelfAttention is multi-head scaled dot-product attention inside each sentence (Vaswani et al. 2017).
var SelfAttention = &Op{
	Name:    "attention",
	Formula: "y = softmax(q·kᵀ/√d)·v per sentence and head",
	Inputs:  []string{"q", "kv"},
	Shape:   like,
	Forward: func(be Backend, n *Node) { be.Attention(n.Out.T, n.In[0].T, n.In[1].T, n.Attr.Ragged) },
	Backward: func(be Backend, _ *Arena, n *Node) {
		be.AttentionGrad(grad(n.In[0]), grad(n.In[1]), n.Out.G, n.In[0].T, n.In[1].T, n.Attr.Ragged)
	},
	Reference: func(in []*Mat, attr *Attr) *Mat {
		q, kv, a := in[0], in[1], attr.Ragged
		y := NewMat(q.Rows, q.Cols)
		d := q.Cols / a.Heads
		for s := range len(a.QOff) - 1 {
			keys := int(a.KVOff[s+1] - a.KVOff[s])
			queries := int(a.QOff[s+1] - a.QOff[s])
			w := make([]float64, keys)
			for h := range a.Heads {
				for i := range queries {
					qrow := q.Row(int(a.QOff[s]) + i)[h*d : (h+1)*d]
					peak := math.Inf(-1)
					for j := range w {
						krow := kv.Row(int(a.KVOff[s]) + j)[h*d : (h+1)*d]
						w[j] = 0
						for k, v := range qrow {
							w[j] += v * krow[k] / math.Sqrt(float64(d))
						}
						peak = max(peak, w[j])
					}
					var sum float64
					for j := range w {
						w[j] = math.Exp(w[j] - peak)
						sum += w[j]
					}
					out := y.Row(int(a.QOff[s]) + i)[h*d : (h+1)*d]
					for j := range w {
						p := w[j] / sum
						if a.Drop.On() {
							if !a.Drop.Keep(a.Drop.Key(s), (h*queries+i)*keys+j) {
								continue
							}
							p /= 1 - float64(a.Drop.P)
						}
						vrow := kv.Row(int(a.KVOff[s]) + j)[q.Cols+h*d : q.Cols+(h+1)*d]
						for k, v := range vrow {
							out[k] += p * v
						}
					}
				}
			}
		}
		return y
	},
}
