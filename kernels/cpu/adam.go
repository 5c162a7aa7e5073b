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
	for _, t := range []engine.Tensor{g, m, v} {
		t.Shape(op, p.Rows, p.Cols)
	}
	engine.Must(s.Step > 0, op, "step %d, the first is 1", s.Step)
	grad, first, second, param := in(op, g), out(op, m), out(op, v), out(op, p)
	size := s.LR / (1 - math.Pow(s.Beta1, float64(s.Step)))
	root := math.Sqrt(1 - math.Pow(s.Beta2, float64(s.Step)))
	b.pool.split(len(param), 16, 20, func(lo, hi int, _ *scratch) {
		for i := lo; i < hi; i++ {
			d := float64(grad[i]) * s.GradScale
			m := float64(first[i]) + float64((d-float64(first[i]))*(1-s.Beta1))
			v := float64(float64(second[i])*s.Beta2) + float64((1-s.Beta2)*d*d)
			first[i], second[i] = float32(m), float32(v)
			param[i] = float32(float64(param[i]) - size*m/(math.Sqrt(v)/root+s.Eps))
		}
	})
}
