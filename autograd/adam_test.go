package autograd_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
)

// plainAdam is Adam in float64, as Kingma and Ba (2015) write it, after clipping the norm of all gradients to limit.
type plainAdam struct {
	p, m, v [][]float64
	step    int
}

func (a *plainAdam) update(g [][]float64, rate, limit float64) (norm float64) {
	for _, x := range g {
		for _, v := range x {
			norm += v * v
		}
	}
	norm = math.Sqrt(norm)
	scale := 1.0
	if limit > 0 && limit/(norm+1e-6) < 1 {
		scale = limit / (norm + 1e-6)
	}
	a.step++
	for i := range a.p {
		for k := range a.p[i] {
			x := g[i][k] * scale
			a.m[i][k] = 0.9*a.m[i][k] + 0.1*x
			a.v[i][k] = 0.98*a.v[i][k] + 0.02*x*x
			mean := a.m[i][k] / (1 - math.Pow(0.9, float64(a.step)))
			variance := a.v[i][k] / (1 - math.Pow(0.98, float64(a.step)))
			a.p[i][k] -= rate * mean / (math.Sqrt(variance) + 1e-6)
		}
	}
	return norm
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// Twenty updates of two parameters, with gradients far below, around and above the limit of the norm, and other factors each.
func TestAdam(t *testing.T) {
	for _, limit := range []float64{1, 0.25, 0} {
		b := newBench(t)
		rng := rand.New(rand.NewPCG(5, 6))
		params := []*engine.Value{b.frozen(3, 7, random(rng, 21, 1)), b.frozen(1, 5, random(rng, 5, 1))}
		var want plainAdam
		for _, p := range params {
			want.p = append(want.p, widen(b.read(p.T)))
			want.m, want.v = append(want.m, make([]float64, p.T.Len())), append(want.v, make([]float64, p.T.Len()))
		}
		h := autograd.DefaultHyper
		if h != (autograd.Hyper{LR: 1e-3, Beta1: 0.9, Beta2: 0.98, Eps: 1e-6, Clip: 1}) {
			t.Errorf("the original's constants are %+v", h)
		}
		h.LR, h.Clip = 0.05, limit
		a, err := autograd.NewAdam(b.be, h, params)
		if err != nil {
			t.Fatal(err)
		}
		clipped := 0
		for step := range 20 {
			var g [][]float64
			for _, p := range params {
				if !p.Needs || p.G.Rows != p.T.Rows || p.G.Cols != p.T.Cols {
					t.Fatalf("parameter %v has gradient %v", p.T, p.G)
				}
				x := random(rng, p.T.Len(), math.Pow(10, float64(step%4)-2))
				b.be.Upload(p.G, x)
				g = append(g, widen(x))
			}
			factor := 1 / float64(1+step%3)
			norm, err := a.Update(factor)
			if err != nil {
				t.Fatal(err)
			}
			wantNorm := want.update(g, 0.05*factor, limit)
			if limit > 0 && wantNorm > limit {
				clipped++
			}
			if !(math.Abs(norm-wantNorm) <= 1e-6*wantNorm) {
				t.Errorf("step %d: norm %v, want %v", step, norm, wantNorm)
			}
			for i, p := range params {
				m, v := a.Moments(i)
				for name, x := range map[string][2][]float64{
					"value": {widen(b.read(p.T)), want.p[i]}, "first moment": {widen(b.read(m)), want.m[i]}, "second moment": {widen(b.read(v)), want.v[i]},
				} {
					for k, got := range x[0] {
						if !(math.Abs(got-x[1][k]) <= 1e-7+2e-5*math.Abs(x[1][k])) {
							t.Fatalf("limit %g, step %d, parameter %d: %s %d is %v, want %v", limit, step, i, name, k, got, x[1][k])
						}
					}
				}
			}
		}
		if limit > 0 && (clipped == 0 || clipped == 20) {
			t.Errorf("%d of 20 gradients are clipped: both kinds are wanted", clipped)
		}
		if a.Step != 20 || len(a.Params()) != 2 {
			t.Errorf("%d updates of %d parameters", a.Step, len(a.Params()))
		}
		a.ZeroGrad()
		for _, p := range params {
			if x := b.read(p.G); slices.ContainsFunc(x, func(v float32) bool { return v != 0 }) {
				t.Errorf("a cleared gradient holds %v", x)
			}
		}
	}
}

// A gradient that is no number changes nothing, and the error says what to look at.
func TestAdamRefusesANormThatIsNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		b := newBench(t)
		p, q := b.frozen(1, 2, []float32{1, 2}), b.frozen(1, 2, []float32{3, 4})
		a, err := autograd.NewAdam(b.be, autograd.DefaultHyper, []*engine.Value{p, q})
		if err != nil {
			t.Fatal(err)
		}
		b.be.Upload(p.G, []float32{1, 1})
		b.be.Upload(q.G, []float32{0, float32(bad)})
		norm, err := a.Update(1)
		if err == nil || !strings.Contains(err.Error(), "gradient norm is") || !strings.Contains(err.Error(), "learning rate 0.001") {
			t.Errorf("gradient %v: error %v", bad, err)
		}
		if !math.IsNaN(norm) && !math.IsInf(norm, 0) {
			t.Errorf("gradient %v: norm %v", bad, norm)
		}
		m, v := a.Moments(0)
		for name, x := range map[string]engine.Tensor{"value": p.T, "first moment": m, "second moment": v} {
			want := []float32{0, 0}
			if name == "value" {
				want = []float32{1, 2}
			}
			if got := b.read(x); !slices.Equal(got, want) {
				t.Errorf("gradient %v: %s %v, want %v", bad, name, got, want)
			}
		}
		if a.Step != 0 {
			t.Errorf("gradient %v counts as an update", bad)
		}
	}
}
