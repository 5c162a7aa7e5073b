package cpu

import (
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// SumSquares is Σ x² in float64, in the order of elements.
func (b *Backend) SumSquares(x engine.Tensor) float64 {
	var sum float64
	for _, v := range in("sum_squares", x) {
		sum += float64(v) * float64(v)
	}
	return sum
}

// Adam is one step as torch.optim.Adam takes it: every element in float64 from the float32 state, rounded once for each of m, v and p.
func (b *Backend) Adam(p, g, m, v engine.Tensor, s engine.AdamStep) {
	const op = "adam"
	g.Shape(op, p.Rows, p.Cols)
	m.Shape(op, p.Rows, p.Cols)
	v.Shape(op, p.Rows, p.Cols)
	if s.Step <= 0 {
		engine.Fail(op, "step %d, the first is 1", s.Step)
	}
	grad := in(op, g)
	j := b.job()
	j.adam = adam{
		AdamStep: s, grad: grad, first: out(op, m), second: out(op, v), param: out(op, p),
		size: s.LR / (1 - math.Pow(s.Beta1, float64(s.Step))),
		root: math.Sqrt(1 - math.Pow(s.Beta2, float64(s.Step))),
	}
	j.split(p.Len(), 16, 20, func(j *job, lo, hi int, _ *scratch) { j.adam.update(lo, hi) })
}

// adam is a step under way.
type adam struct {
	engine.AdamStep
	param, grad, first, second []float32
	size, root                 float64 // the step's size and √(1-β₂ᵗ), which corrects the second moment's bias
}

func (a *adam) update(lo, hi int) {
	for i := lo; i < hi; i++ {
		d := float64(a.grad[i]) * a.GradScale
		m := float64(a.first[i]) + float64((d-float64(a.first[i]))*(1-a.Beta1))
		v := float64(float64(a.second[i])*a.Beta2) + float64((1-a.Beta2)*d*d)
		a.first[i], a.second[i] = float32(m), float32(v)
		a.param[i] = float32(float64(a.param[i]) - a.size*m/(math.Sqrt(v)/a.root+a.Eps))
	}
}
