package roberta_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// eachModel runs test for both models on every kernel set of the machine. The Go kernels are slow: with them mini runs the forward alone.
func eachModel(t *testing.T, test func(t *testing.T, f fixture)) {
	in := golden.Read(t)
	for _, set := range golden.KernelSets() {
		be, err := kernels.Open("cpu", kernels.Options{Kernels: set})
		if err != nil {
			t.Run(set, func(t *testing.T) { t.Skipf("this machine has no %s: %v", set, err) })
			continue
		}
		for _, name := range []string{"tiny", "mini"} {
			if set == "go" && name == "mini" && t.Name() != "TestGoldenForward" {
				continue
			}
			t.Run(set+"/"+name, func(t *testing.T) { test(t, fixture{in, in.Models[name], be}) })
		}
	}
	for _, d := range golden.Devices() {
		be, err := kernels.Open(d.Name, kernels.Options{})
		if err != nil {
			t.Run(d.Name, func(t *testing.T) { t.Skipf("this machine has no CUDA device: %v", err) })
			continue
		}
		for _, name := range d.Models {
			t.Run(d.Name+"/"+name, func(t *testing.T) { test(t, fixture{in, in.Models[name], be}) })
		}
	}
}

type fixture struct {
	in golden.Inputs
	golden.Model
	be engine.Backend
}

func (f fixture) load(t *testing.T) *roberta.Model {
	t.Helper()
	src := &roberta.Source{Name: "mini", FS: mini.FS()}
	if f.Name == "tiny" {
		src = &roberta.Source{Name: "tiny", FS: golden.Tiny()}
	}
	m, err := roberta.Load(f.be, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tuned loads the model with a method's part, filled from the topic's inputs.
func (f fixture) tuned(t *testing.T, method roberta.Method, size int, g *golden.Topic) (*roberta.Model, []roberta.Param) {
	t.Helper()
	m := f.load(t)
	params, err := m.Tune(method, size, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if method == roberta.Prompt && size > 0 || method == roberta.Adapter {
		for _, p := range params {
			f.be.Upload(p.Tensor(), g.Floats(p.Name))
		}
	}
	return m, params
}

func (f fixture) batch(m *roberta.Model, sentences []int) *roberta.Batch {
	b := m.NewBatch()
	for _, s := range sentences {
		b.Add(f.IDs[s], s)
	}
	return b
}

func (f fixture) logits(t *testing.T, m *roberta.Model, sentences []int, edits []*engine.Edit) []float32 {
	t.Helper()
	s := m.NewSession()
	defer s.Close()
	s.Arena().Poison(true)
	b := f.batch(m, sentences)
	out, err := s.Forward(nil, b, roberta.Run{Read: b.At, IDs: f.VerbalizerIDs, Edits: edits})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func upTo(lo, hi int) (out []int) {
	for i := lo; i < hi; i++ {
		out = append(out, i)
	}
	return out
}

func TestGoldenForward(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g, m := golden.Open(t, f.Name, "forward"), f.load(t)
		s := m.NewSession()
		defer s.Close()
		s.Arena().Poison(true)

		b := m.NewBatch()
		var read []int32
		for i, x := range f.Masked {
			read = append(read, int32(b.Rows()+x.Position))
			b.Add(x.IDs, i)
		}
		got, err := s.Forward(nil, b, roberta.Run{Read: read, IDs: g.Ints("vocabulary_index")})
		if err != nil {
			t.Fatal(err)
		}
		g.Logits("mask_logits", got)

		for _, k := range f.in.HiddenSentences {
			var hidden []engine.Tensor
			b := f.batch(m, []int{k})
			if _, err := s.Forward(nil, b, roberta.Run{Hidden: &hidden}); err != nil {
				t.Fatal(err)
			}
			for l, h := range hidden {
				x := make([]float32, h.Len())
				f.be.Download(x, h)
				g.Activations(name("hidden", k, l), x)
			}
			if len(hidden) != f.Layers+1 {
				t.Errorf("%d hidden states, want %d", len(hidden), f.Layers+1)
			}
		}

		b = f.batch(m, []int{f.in.ActivationSentence})
		taps := make([][]*engine.Tap, f.Layers)
		for l := range taps {
			buf, err := f.be.Alloc(engine.F32, b.Rows()*f.FFN, engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			tap := &engine.Tap{Kind: engine.TapCopy, Slots: b.Rows(), Out: engine.Whole(buf, b.Rows(), f.FFN)}
			for r := range b.Rows() {
				tap.Slot = append(tap.Slot, int32(r))
			}
			taps[l] = []*engine.Tap{tap}
		}
		if _, err := s.Forward(nil, b, roberta.Run{StopAtTaps: true, Taps: taps}); err != nil {
			t.Fatal(err)
		}
		for l, tap := range taps {
			x := make([]float32, tap[0].Out.Len())
			f.be.Download(x, tap[0].Out)
			g.Activations(name("activation", f.in.ActivationSentence, l), x)
		}
	})
}

func TestGoldenPrompt(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "prompt")
		m, params := f.tuned(t, roberta.Prompt, f.PromptSize, g)
		g.Logits("logits", f.logits(t, m, upTo(0, 40), nil))
		f.gradients(t, g, m, params, nil)
	})
}

func TestGoldenBias(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "bias")
		m, params := f.tuned(t, roberta.Bias, 0, g)
		g.Logits("logits", f.logits(t, m, upTo(0, 40), nil))
		f.gradients(t, g, m, params, nil)
	})
}

func TestGoldenAdapter(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "adapter")
		m, params := f.tuned(t, roberta.Adapter, 0, g)
		g.Logits("logits", f.logits(t, m, f.in.GradientBatch, nil))
		f.gradients(t, g, m, params, nil)
	})
}

func TestGoldenFull(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "full")
		m, params := f.tuned(t, roberta.Prompt, 0, g)
		f.gradients(t, g, m, params, func(p roberta.Param, got []float32) {
			if f.Name == "tiny" || strings.HasSuffix(p.Name, "key.bias") {
				return
			}
			var sum float64
			for _, x := range got {
				sum += float64(x) * float64(x)
			}
			want := float64(g.Floats("gradient_norm." + p.Name)[0])
			if d := math.Abs(math.Sqrt(sum) - want); !(d <= 1e-5*want+1e-8) {
				t.Errorf("gradient norm of %s: got %g, want %g", p.Name, math.Sqrt(sum), want)
			}
		})
	})
}

// gradients checks the loss and every trained parameter's gradient on the golden batch; also sees each gradient where given.
func (f fixture) gradients(t *testing.T, g *golden.Topic, m *roberta.Model, params []roberta.Param, also func(roberta.Param, []float32)) {
	t.Helper()
	a, err := autograd.NewAdam(f.be, autograd.DefaultHyper, roberta.Values(params))
	if err != nil {
		t.Fatal(err)
	}
	a.ZeroGrad()
	s := m.NewTrainingSession()
	defer s.Close()
	s.Arena().Poison(true)
	loss, err := s.Loss(f.batch(m, f.in.GradientBatch), roberta.Run{IDs: f.VerbalizerIDs}, f.in.Labels(f.in.GradientBatch))
	if err != nil {
		t.Fatal(err)
	}
	g.Within("loss", []float32{loss}, max(1e-6*g.Amplifies(), 2*g.Distance("loss")), 0)
	stored := len(g.Names("gradient."))
	for _, p := range params {
		x := make([]float32, p.Grad().Len())
		f.be.Download(x, p.Grad())
		if also != nil {
			also(p, x)
		}
		if stored == 0 {
			continue
		}
		if strings.HasSuffix(p.Name, "key.bias") {
			for i, v := range x {
				if !(math.Abs(float64(v)) <= 1e-6) {
					t.Errorf("gradient of %s at %d is %g, want 0", p.Name, i, v)
					break
				}
			}
			continue
		}
		g.Gradient("gradient."+p.Name, x, 1e-5)
	}
	if stored > 0 && stored != len(params) {
		t.Errorf("%d gradients stored, %d parameters trained", stored, len(params))
	}
}

func TestGoldenPerturb(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "perturb")
		probe := golden.Open(t, f.Name, "probe")
		m, _ := f.tuned(t, roberta.Prompt, f.PromptSize, golden.Open(t, f.Name, "prompt"))
		mask := g.Bools("mask")
		vectors := map[string][]float32{"zero": nil, "mean": f.overRows(probe.Floats("train_avg")), "mean_pooled": probe.Floats("train_mean_avg")}
		g.Logits("logits.none", f.logits(t, m, upTo(20, 40), nil))
		for kind, v := range vectors {
			for area, r := range map[string][2]int{"all": {0, f.Layers}, "range": {1, f.Layers - 1}} {
				edits := make([]*engine.Edit, f.Layers)
				for l := r[0]; l < r[1]; l++ {
					e := &engine.Edit{Kind: engine.EditZero, Neurons: f.neurons(mask, l)}
					if v != nil {
						e.Kind, e.Vector = engine.EditMean, v[l*f.FFN:(l+1)*f.FFN]
					}
					edits[l] = e
				}
				g.Logits("logits."+kind+"."+area, f.logits(t, m, upTo(20, 40), edits))
			}
		}
	})
}

func TestGoldenPrune(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "prune")
		probe := golden.Open(t, f.Name, "probe")
		m, _ := f.tuned(t, roberta.Prompt, f.PromptSize, golden.Open(t, f.Name, "prompt"))
		mean := f.overRows(probe.Floats("train_avg"))
		for name, c := range map[string]struct {
			kept     string
			baseline []float32
			double   bool
		}{
			"sparse":        {"kept.sparse", mean, false},
			"sparse_pooled": {"kept.sparse", probe.Floats("train_mean_avg"), false},
			"dense":         {"kept.dense", mean, false},
			"double_count":  {"kept.dense", mean, true},
		} {
			kept := g.Bools(c.kept)
			keep, baseline := make([][]int32, f.Layers), make([][]float32, f.Layers)
			for l := range keep {
				baseline[l] = c.baseline[l*f.FFN : (l+1)*f.FFN]
				if l >= f.Layers/4 {
					keep[l] = f.neurons(kept, l)
				}
			}
			p, err := m.Pruned(keep, baseline, c.double)
			if err != nil {
				t.Fatal(err)
			}
			g.Logits("logits."+name, f.logits(t, p, upTo(20, 40), nil))
			if name != "sparse" {
				continue
			}
			for l := f.Layers / 4; l < f.Layers; l++ {
				q, _ := p.Param("roberta.encoder.layer." + digits(l) + ".output.dense.bias")
				g.Within("output_bias.sparse."+digits(l), q.Floats(f.be), 2e-6, 2e-6)
			}
			f.gradients(t, g, p, p.Tuned(roberta.PrunePrompt, f.PromptSize), nil)
		}
	})
}

func TestGoldenSteps(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "steps")
		prompt := golden.Open(t, f.Name, "prompt")
		for _, c := range []struct {
			name   string
			method roberta.Method
			size   int
			topic  *golden.Topic
			lr     float64
		}{
			{"prompt", roberta.Prompt, f.PromptSize, prompt, 1e-3},
			{"prompt_1e-2", roberta.Prompt, f.PromptSize, prompt, 1e-2},
			{"bias", roberta.Bias, 0, nil, 1e-3},
			{"adapter", roberta.Adapter, 0, golden.Open(t, f.Name, "adapter"), 1e-3},
			{"full", roberta.Prompt, 0, nil, 1e-3},
		} {
			m, params := f.tuned(t, c.method, c.size, c.topic)
			f.steps(t, g, c.name, m, params, c.lr)
		}
		m, _ := f.tuned(t, roberta.Prompt, f.PromptSize, prompt)
		gp, mean := golden.Open(t, f.Name, "prune"), f.overRows(golden.Open(t, f.Name, "probe").Floats("train_avg"))
		keep, baseline := make([][]int32, f.Layers), make([][]float32, f.Layers)
		for l := range keep {
			baseline[l] = mean[l*f.FFN : (l+1)*f.FFN]
			if l >= f.Layers/4 {
				keep[l] = f.neurons(gp.Bools("kept.sparse"), l)
			}
		}
		p, err := m.Pruned(keep, baseline, false)
		if err != nil {
			t.Fatal(err)
		}
		f.steps(t, g, "prune_prompt", p, p.Tuned(roberta.PrunePrompt, f.PromptSize), 1e-3)
	})
}

// steps takes ten Adam steps and compares losses, gradient norms and the prompt.
func (f fixture) steps(t *testing.T, g *golden.Topic, name string, m *roberta.Model, params []roberta.Param, lr float64) {
	t.Helper()
	h := autograd.DefaultHyper
	h.LR = lr
	a, err := autograd.NewAdam(f.be, h, roberta.Values(params))
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewTrainingSession()
	defer s.Close()
	total := len(f.in.StepBatches)
	schedule := autograd.Linear{Warmup: 0.006 * float64(total), Total: total}
	var losses, norms []float32
	for i, b := range f.in.StepBatches {
		a.ZeroGrad()
		loss, err := s.Loss(f.batch(m, b), roberta.Run{IDs: f.VerbalizerIDs}, f.in.Labels(b))
		if err != nil {
			t.Fatal(err)
		}
		norm, err := a.Update(schedule.Factor(i))
		if err != nil {
			t.Fatal(err)
		}
		losses, norms = append(losses, loss), append(norms, float32(norm))
	}
	first := f.in.StepBatches[0]
	final, err := s.Loss(f.batch(m, first), roberta.Run{IDs: f.VerbalizerIDs}, f.in.Labels(first))
	if err != nil {
		t.Fatal(err)
	}
	near := func(tensor string, got []float32, atol float64) {
		t.Helper()
		g.Within(name+tensor, got, max(3*g.Distance(name+tensor), atol*g.Amplifies()), 0)
	}
	near(".losses", losses, 1e-5)
	near(".gradient_norms", norms, 1e-4*g.MaxAbs(name+".gradient_norms"))
	near(".final_loss", []float32{final}, 1e-5)
	for _, p := range params {
		if p.Name == "prompt" {
			near(".final_prompt", p.Floats(f.be), 1e-5)
		}
	}
}

// overRows averages [L, P, F] over prompt rows.
func (f fixture) overRows(x []float32) []float32 {
	out := make([]float32, f.Layers*f.FFN)
	for l := range f.Layers {
		for i := range f.FFN {
			var sum float64
			for p := range f.PromptSize {
				sum += float64(x[(l*f.PromptSize+p)*f.FFN+i])
			}
			out[l*f.FFN+i] = float32(sum / float64(f.PromptSize))
		}
	}
	return out
}

func (f fixture) neurons(mask []bool, l int) []int32 {
	out := []int32{}
	for i, on := range mask[l*f.FFN : (l+1)*f.FFN] {
		if on {
			out = append(out, int32(i))
		}
	}
	return out
}

func name(what string, numbers ...int) string {
	for _, n := range numbers {
		what += "." + digits(n)
	}
	return what
}

func digits(n int) string { return strconv.Itoa(n) }
