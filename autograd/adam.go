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
	p := a.Begin(factor)
	return p.Wait()
}

// Pending is an update whose norm may be on its way.
type Pending struct {
	a    *Adam
	step int
	norm float64
	wait func() (float64, error)
	err  error // there was no memory for it
}

// Begin is Update in two parts, of which [Pending.Wait] is the second: on an [engine.Clipper] calls that follow are queued behind the update before its norm is known. After
// an error nothing that was computed since Begin counts.
func (a *Adam) Begin(factor float64) (p Pending) {
	a.Step++
	p = Pending{a: a, step: a.Step}
	defer engine.Catch(&p.err)
	s := engine.AdamStep{LR: a.Hyper.LR * factor, Beta1: a.Hyper.Beta1, Beta2: a.Hyper.Beta2, Eps: a.Hyper.Eps, Step: a.Step, GradScale: 1}
	if device, ok := a.be.(engine.Clipper); ok {
		all := make([]engine.AdamTensors, len(a.params))
		for i, x := range a.params {
			all[i] = engine.AdamTensors{P: x.T, G: x.G, M: a.m[i], V: a.v[i]}
		}
		p.wait = device.ClippedAdam(all, s, a.Hyper.Clip)
		return p
	}
	var sum float64
	for _, x := range a.params {
		sum += a.be.SumSquares(x.G)
	}
	if p.norm = math.Sqrt(sum); !finite(p.norm) {
		return p
	}
	if a.Hyper.Clip > 0 {
		s.GradScale = min(1, a.Hyper.Clip/(p.norm+1e-6))
	}
	for i, x := range a.params {
		a.be.Adam(x.T, x.G, a.m[i], a.v[i], s)
	}
	return p
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Wait returns what [Adam.Update] does.
func (p *Pending) Wait() (norm float64, err error) {
	if norm = p.norm; p.err != nil {
		return norm, p.err
	}
	if p.wait != nil {
		if norm, err = p.wait(); err != nil {
			return norm, err
		}
	}
	if !finite(norm) {
		p.a.Step = p.step - 1
		return norm, fmt.Errorf("gradient norm is %v after %d updates: the learning rate %g is too high, or the weights hold values out of range", norm, p.a.Step, p.a.Hyper.LR)
	}
	return norm, nil
}
