package autograd

import (
	"fmt"
	"math"

	"github.com/skillneuron/skillneuron/engine"
)

// Hyper are Adam's constants (Kingma and Ba 2015).
type Hyper struct {
	LR, Beta1, Beta2, Eps float64
	Clip                  float64 // largest norm of the gradient over all trained parameters; 0: no clipping
}

// DefaultHyper is what the original trains with.
var DefaultHyper = Hyper{LR: 1e-3, Beta1: 0.9, Beta2: 0.98, Eps: 1e-6, Clip: 1}

// Adam updates parameters. It owns their gradients and moments.
type Adam struct {
	Hyper  Hyper
	Step   int // updates done
	be     engine.Backend
	params []*engine.Value
	m, v   []engine.Tensor
}

// NewAdam marks every parameter as trained, gives it a gradient, and returns an optimiser with zero moments.
func NewAdam(be engine.Backend, h Hyper, params []*engine.Value) (*Adam, error) {
	a := &Adam{Hyper: h, be: be, params: params}
	for _, p := range params {
		var t [3]engine.Tensor
		for i := range t {
			b, err := be.Alloc(engine.F32, p.T.Len(), engine.Activations)
			if err != nil {
				return nil, fmt.Errorf("optimiser state of %v: %w", p.T, err)
			}
			t[i] = engine.Whole(b, p.T.Rows, p.T.Cols)
			be.Zero(t[i])
		}
		p.G, p.Needs = t[0], true
		a.m, a.v = append(a.m, t[1]), append(a.v, t[2])
	}
	return a, nil
}

// Params are the trained parameters.
func (a *Adam) Params() []*engine.Value { return a.params }

// Moments returns parameter i's first and second moment.
func (a *Adam) Moments(i int) (m, v engine.Tensor) { return a.m[i], a.v[i] }

// ZeroGrad clears every gradient.
func (a *Adam) ZeroGrad() {
	for _, p := range a.params {
		a.be.Zero(p.G)
	}
}

// Update clips the gradient's norm, takes one step at factor times the learning rate, and returns the norm before clipping.
// A norm that is not finite changes nothing and is an error.
func (a *Adam) Update(factor float64) (norm float64, err error) {
	var sum float64
	for _, p := range a.params {
		sum += a.be.SumSquares(p.G)
	}
	norm = math.Sqrt(sum)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm, fmt.Errorf("gradient norm is %v after %d updates: the learning rate %g is too high, or the weights hold values out of range", norm, a.Step, a.Hyper.LR)
	}
	scale := 1.0
	if a.Hyper.Clip > 0 {
		scale = min(1, a.Hyper.Clip/(norm+1e-6))
	}
	a.Step++
	s := engine.AdamStep{LR: a.Hyper.LR * factor, Beta1: a.Hyper.Beta1, Beta2: a.Hyper.Beta2, Eps: a.Hyper.Eps, Step: a.Step, GradScale: scale}
	for i, p := range a.params {
		a.be.Adam(p.T, p.G, a.m[i], a.v[i], s)
	}
	return norm, nil
}
