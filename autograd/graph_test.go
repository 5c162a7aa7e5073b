package autograd_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
)

// graph is a small model with everything that a tape has to get right: shared values, a residual around a branch, a view, a frozen weight on
// the way, an op that saves, and a loss over rows.
//
//	h = LN(x; γ, β);  u = gelu(h·W1ᵀ + b1);  y = u·W2ᵀ + h;  z = relu(y) + y, seen as [1, R·H];  logits = z seen as [R, H], times W3ᵀ
type graph struct {
	x, gamma, beta, w1, b1, w2, w3 *engine.Value
	params                         []*engine.Value
	labels                         []int32
}

const rows, hidden, wide, classes = 3, 5, 7, 4

func newGraph(b bench) *graph {
	rng := rand.New(rand.NewPCG(1, 2))
	g := &graph{
		x: b.trained(rows, hidden, random(rng, rows*hidden, 1)), gamma: b.trained(1, hidden, random(rng, hidden, 1)), beta: b.trained(1, hidden, random(rng, hidden, 0.5)),
		w1: b.trained(wide, hidden, random(rng, wide*hidden, 0.5)), b1: b.trained(1, wide, random(rng, wide, 0.5)),
		w2: b.frozen(hidden, wide, random(rng, hidden*wide, 0.5)), w3: b.trained(classes, hidden, random(rng, classes*hidden, 0.5)),
		labels: []int32{2, 0, 3},
	}
	g.params = []*engine.Value{g.x, g.gamma, g.beta, g.w1, g.b1, g.w3}
	return g
}

func (g *graph) loss(t *autograd.Tape) *engine.Value {
	h := t.Apply(engine.LayerNorm, engine.Attr{Eps: 1e-5}, g.x, g.gamma, g.beta)
	u := t.Apply(engine.GELU, engine.Attr{}, t.Apply(engine.Linear, engine.Attr{}, h, g.w1, g.b1, nil))
	y := t.Apply(engine.Linear, engine.Attr{}, u, g.w2, nil, h)
	z := t.Apply(engine.Add, engine.Attr{}, t.Apply(engine.ReLU, engine.Attr{}, y), y)
	z = t.View(t.View(z, 1, rows*hidden), rows, hidden)
	return t.Apply(engine.CrossEntropy, engine.Attr{Labels: g.labels}, t.Apply(engine.Linear, engine.Attr{}, z, g.w3, nil, nil))
}

// reference is the loss in float64, in plain loops.
func reference(x, gamma, beta, w1, b1, w2, w3 []float64, labels []int32) float64 {
	var loss float64
	for r := range rows {
		var h, y [hidden]float64
		var mean, variance float64
		for i := range hidden {
			mean += x[r*hidden+i] / hidden
		}
		for i := range hidden {
			d := x[r*hidden+i] - mean
			variance += d * d / hidden
		}
		for i := range hidden {
			h[i] = (x[r*hidden+i]-mean)/math.Sqrt(variance+1e-5)*gamma[i] + beta[i]
			y[i] = h[i]
		}
		for j := range wide {
			u := b1[j]
			for i := range hidden {
				u += w1[j*hidden+i] * h[i]
			}
			u *= 0.5 * (1 + math.Erf(u/math.Sqrt2))
			for i := range hidden {
				y[i] += w2[i*wide+j] * u
			}
		}
		var sum, own float64
		for c := range classes {
			var logit float64
			for i := range hidden {
				logit += w3[c*hidden+i] * (math.Max(y[i], 0) + y[i])
			}
			sum += math.Exp(logit)
			if int32(c) == labels[r] {
				own = logit
			}
		}
		loss += (math.Log(sum) - own) / rows
	}
	return loss
}

func TestGradientsAgainstCentralDifferences(t *testing.T) {
	b := newBench(t)
	g := newGraph(b)
	all := []*engine.Value{g.x, g.gamma, g.beta, g.w1, g.b1, g.w2, g.w3}
	in := make([][]float64, len(all))
	for i, v := range all {
		for _, x := range b.read(v.T) {
			in[i] = append(in[i], float64(x))
		}
	}
	at := func() float64 { return reference(in[0], in[1], in[2], in[3], in[4], in[5], in[6], g.labels) }
	tape := autograd.New(b.be, b.arena, true)
	loss := g.loss(tape)
	if got, want := float64(b.read(loss.T)[0]), at(); !(math.Abs(got-want) <= 1e-5*want) {
		t.Errorf("the loss is %v, want %v", got, want)
	}
	tape.Backward(loss)
	for i, v := range all {
		if !v.Needs {
			if v.G.Ok() {
				t.Errorf("frozen input %d has a gradient", i)
			}
			continue
		}
		got := b.read(v.G)
		for k := range in[i] {
			const step = 1e-6
			x := in[i][k]
			in[i][k] = x + step
			up := at()
			in[i][k] = x - step
			down := at()
			in[i][k] = x
			want := (up - down) / (2 * step)
			if diff := math.Abs(float64(got[k]) - want); !(diff <= 2e-6+2e-5*math.Abs(want)) {
				t.Errorf("input %d, element %d: gradient %v, want %v", i, k, got[k], want)
			}
		}
	}
}
