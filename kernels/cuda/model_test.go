// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// TestModelBesideTheProcessor: logits, and the losses of ten steps of prompt tuning with dropout, which draws the same on every device, lie within 1e-4 of
// the CPU backend's. What Hugging Face computes is compared in packages roberta and tasks.
func TestModelBesideTheProcessor(t *testing.T) {
	host, err := cpu.Open(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := tunedTiny(t, host, 10)
	for name, open := range testDevices(t) {
		t.Run(name, func(t *testing.T) {
			got := tunedTiny(t, &Backend{dev: open()}, 10)
			near(t, "logit", got.logits, want.logits, 1e-4)
			near(t, "loss", got.losses, want.losses, 1e-4)
		})
	}
}

// TestRoundedTuning: in a precision of tensor cores tuning is what the processor computes in float32 of operands rounded to it, forward and backward; it comes again with
// the same bits.
func TestRoundedTuning(t *testing.T) {
	host, err := cpu.Open(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain := tunedTiny(t, host, 1)
	for name, open := range testDevices(t) {
		if name == "falling" {
			continue // TestCompliance runs both orders
		}
		for _, set := range tensorSets(open()) {
			t.Run(name+"/"+set.String(), func(t *testing.T) {
				const steps = 2
				want := tunedTiny(t, rounding{host, roundTo[set.precision], map[engine.Buffer]bool{}, t}, steps)
				got, again := tunedTiny(t, set.on(open()), steps), tunedTiny(t, set.on(open()), steps)
				off, all := apartBy(got.gradient, want.gradient), apartBy(plain.gradient, want.gradient)
				t.Logf("the gradient is off by %.2g of its length, float32's by %.2g", off, all)
				if !(off <= 0.0025 && all > 0.025) {
					t.Error("the gradient is not that of rounded operands, or float32's is nearly")
				}
				near(t, "loss", got.losses, want.losses, 5e-3) // a number at the middle between two of the precision goes either way
				if !slices.Equal(got.losses, again.losses) {
					t.Errorf("losses %v, once more %v", got.losses, again.losses)
				}
			})
		}
	}
}

// apartBy is the length of a difference by that of want.
func apartBy(got, want []float32) float64 {
	var off, all float64
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		off, all = off+d*d, all+float64(w)*float64(w)
	}
	return math.Sqrt(off / all)
}

// rounding is a backend whose products with weights are of rounded operands.
type rounding struct {
	engine.Backend
	round   func(float32) float32
	weights map[engine.Buffer]bool
	t       *testing.T
}

func (r rounding) Alloc(t engine.DType, n int, use engine.Use) (engine.Buffer, error) {
	b, err := r.Backend.Alloc(t, n, use)
	r.weights[b] = use == engine.Weights
	return b, err
}

// of is x rounded, in memory of its own.
func (r rounding) of(x engine.Tensor) engine.Tensor {
	v := make([]float32, x.Len())
	r.Download(v, x)
	for i := range v {
		v[i] = r.round(v[i])
	}
	b, err := r.Alloc(engine.F32, len(v), engine.Activations)
	if err != nil {
		r.t.Fatal(err)
	}
	y := engine.Whole(b, x.Rows, x.Cols)
	r.Upload(y, v)
	return y
}

// with calls f with x and w rounded, unless w is no weights.
func (r rounding) with(x, w engine.Tensor, f func(x, w engine.Tensor)) {
	if !r.weights[w.Buf] {
		f(x, w)
		return
	}
	x, w = r.of(x), r.of(w)
	f(x, w)
	r.Free(x.Buf)
	r.Free(w.Buf)
}

func (r rounding) Linear(dst, x, w, bias, res engine.Tensor) {
	r.with(x, w, func(x, w engine.Tensor) { r.Backend.Linear(dst, x, w, bias, res) })
}

func (r rounding) FFNUp(dst, pre, x, w1, b1 engine.Tensor, edit *engine.Edit, taps []*engine.Tap) {
	r.with(x, w1, func(x, w engine.Tensor) { r.Backend.FFNUp(dst, pre, x, w, b1, edit, taps) })
}

func (r rounding) LinearGradX(dx, dy, w engine.Tensor) {
	r.with(dy, w, func(dy, w engine.Tensor) { r.Backend.LinearGradX(dx, dy, w) })
}

// tuned is what steps of prompt tuning gave: the logits before the first one, its gradient, and the losses.
type tuned struct{ logits, gradient, losses []float32 }

// tunedTiny tunes the golden tiny model's prompt.
func tunedTiny(t *testing.T, be engine.Backend, steps int) (got tuned) {
	in := golden.Read(t)
	tiny := in.Models["tiny"]
	m, err := roberta.Load(be, &roberta.Source{Name: "tiny", FS: golden.Tiny()}, 0)
	if err != nil {
		t.Fatal(err)
	}
	params, err := m.Tune(roberta.Prompt, tiny.PromptSize, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	batch := func(sentences []int) *roberta.Batch {
		b := m.NewBatch()
		for _, s := range sentences {
			b.Add(tiny.IDs[s], s)
		}
		return b
	}
	s := m.NewTrainingSession()
	defer s.Close()
	all := batch(in.StepBatches[0])
	out, err := s.Forward(nil, all, roberta.Run{Read: all.At, IDs: tiny.VerbalizerIDs})
	if err != nil {
		t.Fatal(err)
	}
	got.logits = append(got.logits, out...)
	h := autograd.DefaultHyper
	h.LR = 1e-3
	a, err := autograd.NewAdam(be, h, roberta.Values(params))
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range in.StepBatches[:steps] {
		a.ZeroGrad()
		loss, err := s.Loss(batch(b), roberta.Run{IDs: tiny.VerbalizerIDs, Drop: roberta.Dropout{Hidden: 0.1, Attention: 0.1, Seed: 7, Step: uint64(i)}}, in.Labels(b))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			for _, p := range roberta.Values(params) {
				g := make([]float32, p.G.Len())
				be.Download(g, p.G)
				got.gradient = append(got.gradient, g...)
			}
		}
		if _, err := a.Update(1); err != nil {
			t.Fatal(err)
		}
		got.losses = append(got.losses, loss)
	}
	return got
}

func near(t *testing.T, what string, got, want []float32, within float64) {
	t.Helper()
	if len(got) == 0 || len(got) != len(want) {
		t.Fatalf("%d of %s, want %d", len(got), what, len(want))
	}
	worst := 0.0
	for i, want := range want {
		d := math.Abs(float64(got[i]) - float64(want))
		worst = max(worst, d)
		if !(d <= within) {
			t.Errorf("%s %d is %v, the processor's %v", what, i, got[i], want)
		}
	}
	t.Logf("%s: off by at most %.2g", what, worst)
}
