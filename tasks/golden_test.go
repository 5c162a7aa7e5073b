package tasks

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/testdata/golden"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// fixture is the goldens' model, prompt and sentences as a workspace.
type fixture struct {
	*workspace
	golden.Model
	in golden.Inputs
}

// eachModel runs test for both golden models on every kernel set of the machine; the Go kernels, which are slow, on the tiny one.
func eachModel(t *testing.T, test func(t *testing.T, f fixture)) {
	in := golden.Read(t)
	for _, set := range golden.KernelSets() {
		be, err := kernels.Open("cpu", kernels.Options{Kernels: set})
		if err != nil {
			t.Run(set, func(t *testing.T) { t.Skipf("this machine has no %s: %v", set, err) })
			continue
		}
		for _, name := range []string{"tiny", "mini"} {
			if set == "go" && name == "mini" {
				continue
			}
			t.Run(set+"/"+name, func(t *testing.T) { test(t, newFixture(t, in, name, be, roberta.Prompt)) })
		}
	}
	for _, d := range golden.Devices() {
		be, err := kernels.Open(d.Name, kernels.Options{})
		if err != nil {
			t.Run(d.Name, func(t *testing.T) { t.Skipf("this machine has no CUDA device: %v", err) })
			continue
		}
		for _, name := range d.Models {
			t.Run(d.Name+"/"+name, func(t *testing.T) { test(t, newFixture(t, in, name, be, roberta.Prompt)) })
		}
	}
}

func goldenSource(name string) *roberta.Source {
	if name == "tiny" {
		return &roberta.Source{Name: "tiny", FS: golden.Tiny()}
	}
	return &roberta.Source{Name: "mini", FS: mini.FS()}
}

func newFixture(t *testing.T, in golden.Inputs, name string, be engine.Backend, method roberta.Method) fixture {
	t.Helper()
	g := in.Models[name]
	m, err := roberta.Load(be, goldenSource(name), 1)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	if method == roberta.Prompt {
		size = g.PromptSize
		params, err := m.Tune(method, size, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		be.Upload(params[0].Tensor(), golden.Open(t, name, "prompt").Floats("prompt"))
	}
	task, err := dataset.Lookup("sst2")
	if err != nil {
		t.Fatal(err)
	}
	data := &dataset.Data{Task: task}
	for _, s := range []*dataset.Split{&data.Train, &data.Dev, &data.Test} {
		s.Name = map[*dataset.Split]string{&data.Train: "train", &data.Dev: "dev", &data.Test: "test"}[s]
		for _, x := range in.Sentences {
			if x.Split == s.Name {
				s.Examples = append(s.Examples, dataset.Example{ID: len(s.Examples), Text: x.Text, Label: x.Label})
			}
		}
	}
	dir := t.TempDir()
	w := &workspace{
		Common: Common{TaskType: "sst2", SaveTo: dir, Batch: 7}, be: be, encoder: encoder{model: m}, seed: 1, task: task, data: data,
		tuned: roberta.Tuned{Method: method, PromptSize: size, Backbone: name, Task: "sst2", Labels: 2, Seed: 1},
		words: dataset.Verbalizer{Words: [][]string{{"negative"}, {"positive"}}, IDs: [][]int32{g.VerbalizerIDs[:1], g.VerbalizerIDs[1:]}},
	}
	w.tuned.Words, w.tuned.IDs = w.words.Words, w.words.IDs
	return fixture{w, g, in}
}

func (f fixture) prober(t ProbeType) *prober {
	return &prober{workspace: f.workspace, cfg: ProbeConfig{Type: t}, dir: f.SaveTo, result: &ProbeResult{Type: t}}
}

// floats reads an array that a step wrote.
func (f fixture) floats(t *testing.T, name string, want ...int) []float32 {
	t.Helper()
	shape, x, err := npy.Read[float32](filepath.Join(f.SaveTo, name))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(shape, want) {
		t.Errorf("%s has shape %v, want %v", name, shape, want)
	}
	return x
}

func TestGoldenTokens(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		i := 0
		for _, s := range f.data.Splits() {
			for _, p := range f.tokens(s) {
				if !slices.Equal(p.IDs, f.IDs[i]) {
					t.Errorf("sentence %d: %v, want %v", i, p.IDs, f.IDs[i])
				}
				i++
			}
		}
	})
}

func TestGoldenProbe(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "probe")
		if err := f.prober(ProbeAll).predictivity(context.Background()); err != nil {
			t.Fatal(err)
		}
		L, P, F := f.Layers, f.PromptSize, f.FFN
		g.Activations("train_avg", f.floats(t, "train_avg", L, P, F))
		g.Activations("train_mean_avg", f.floats(t, "train_mean_avg", L, F))
		g.Activations("train_max_avg", f.floats(t, "train_max_avg", L, F))
		for _, split := range []string{"dev_", "test_"} {
			perfs(t, g, split+"perf", f.floats(t, split+"perf", L, P, F))
			perfs(t, g, split+"mean_perf", f.floats(t, split+"mean_perf", L, F))
			perfs(t, g, split+"max_perf", f.floats(t, split+"max_perf", L, F))
		}
	})
}

// perfs compares shares of 10 with golden counts; only elements whose activation lies at the threshold may differ.
func perfs(t *testing.T, g *golden.Topic, name string, got []float32) {
	t.Helper()
	want := g.Bytes(name + ".count")
	excused := map[int]int{}
	for i, at := range g.Ints(name + ".close_index") {
		excused[int(at)] = int(g.Bytes(name + ".close_count")[i])
	}
	bad := 0
	for i, x := range got {
		if x != float32(float64(want[i])/10) && math.Abs(float64(x)*10-float64(want[i])) > float64(excused[i])+1e-6 {
			bad++
		}
	}
	if bad > 0 || len(got) != len(want) {
		t.Errorf("%s: %d of %d shares differ where no activation lies at its threshold", name, bad, len(want))
	}
}

// One pass for three measures and one measure a pass give the same bytes.
func TestProbeAllIsEachProbe(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		read := func() map[string][]float32 {
			out := map[string][]float32{}
			for _, n := range []string{"train_avg", "dev_perf", "test_perf"} {
				out[n] = f.floats(t, n, f.Layers, f.PromptSize, f.FFN)
			}
			for _, n := range []string{"train_mean_avg", "dev_mean_perf", "test_mean_perf", "train_max_avg", "dev_max_perf", "test_max_perf"} {
				out[n] = f.floats(t, n, f.Layers, f.FFN)
			}
			return out
		}
		if err := f.prober(ProbeAll).predictivity(context.Background()); err != nil {
			t.Fatal(err)
		}
		all := read()
		f.SaveTo = t.TempDir()
		f.workspace.Batch = 3
		for _, p := range []ProbeType{ProbeAcc, ProbeAccMean, ProbeAccMax} {
			if err := f.prober(p).predictivity(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		for name, x := range read() {
			if !slices.Equal(x, all[name]) {
				t.Errorf("%s differs between one pass for all and a pass of its own", name)
			}
		}
	})
}

func TestGoldenPlainProbe(t *testing.T) {
	in := golden.Read(t)
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// mini alone: tiny's goldens are cut to leave room for a prompt
	f := newFixture(t, in, "mini", be, roberta.Bias)
	g := golden.Open(t, "mini", "probe")
	if err := f.prober(ProbeAll).predictivity(context.Background()); err != nil {
		t.Fatal(err)
	}
	g.Activations("plain.train_mean_avg", f.floats(t, "train_mean_avg", f.Layers, f.FFN))
	g.Activations("plain.train_max_avg", f.floats(t, "train_max_avg", f.Layers, f.FFN))
}

func TestGoldenActivations(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "probe")
		p := f.prober(ProbePos)
		p.cfg.Layer, p.cfg.Pos = 1, 7
		if err := p.position(context.Background()); err != nil {
			t.Fatal(err)
		}
		x := f.floats(t, "pos_dev/1,7", 10, f.PromptSize)
		g.Activations("pos", append(x, f.floats(t, "pos_test/1,7", 10, f.PromptSize)...))

		f.data.Train = dataset.Split{Name: "train", Examples: []dataset.Example{{}}}
		f.data.Dev, f.data.Test = dataset.Split{Name: "dev"}, dataset.Split{Name: "test"}
		if err := f.prober(ProbePromptAct).promptActivations(context.Background()); err != nil {
			t.Fatal(err)
		}
		g.Activations("prompt_activation", f.floats(t, "prompt_activation", 1, f.Layers, f.FFN))
	})
}

func TestGoldenPerturb(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "perturb")
		probe := golden.Open(t, f.Name, "probe")
		L, P, F := f.Layers, f.PromptSize, f.FFN
		path := func(name string) string { return filepath.Join(f.SaveTo, name) }
		write := func(name string, shape []int, x any) {
			t.Helper()
			var err error
			switch x := x.(type) {
			case []bool:
				err = npy.Write(path(name), shape, x)
			case []float32:
				err = npy.Write(path(name), shape, x)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		write("mask.npy", []int{L, F}, g.Bools("mask"))
		write("avg.npy", []int{L, P, F}, probe.Floats("train_avg"))
		write("mean_avg.npy", []int{L, F}, probe.Floats("train_mean_avg"))
		mask, err := f.mask(path("mask"))
		if err != nil {
			t.Fatal(err)
		}
		test := dataset.Split{Name: "test", Examples: append(slices.Clone(f.data.Dev.Examples), f.data.Test.Examples...)}
		for _, c := range []struct{ golden, kind, ths string }{{"zero", "zero", ""}, {"mean", "mean", "avg"}, {"mean_pooled", "mean", "mean_avg"}} {
			for area, r := range map[string][2]int{"all": {0, L}, "range": {1, L - 1}} {
				cfg := PerturbConfig{Type: c.kind, Low: &r[0], High: &r[1]}
				if c.ths != "" {
					cfg.Thresholds = path(c.ths)
				}
				base, err := cfg.base(f.workspace)
				if err != nil {
					t.Fatal(err)
				}
				p := quietly(f.newPass(test))
				r, err := p.predict(context.Background(), base.on(mask))
				p.close()
				if err != nil {
					t.Fatal(err)
				}
				name := c.golden + "." + area
				g.Logits("logits."+name, slices.Concat(r.Logits...))
				if got, want := int32(math.Round(r.Score*20)), g.Ints("correct." + name)[0]; got != want {
					t.Errorf("%s: %d of 20 right, want %d", name, got, want)
				}
			}
		}
		p := f.prober(ProbeAccMean)
		p.edit = &Perturbation{Kind: engine.EditZero, Mask: mask, High: L}
		if err := p.predictivity(context.Background()); err != nil {
			t.Fatal(err)
		}
		g.Activations("zero.train_mean_avg", f.floats(t, "train_mean_avg", L, F))
	})
}

// The plan of what each layer keeps, from files, is the goldens'.
func TestGoldenPrunePlan(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g, probe := golden.Open(t, f.Name, "prune"), golden.Open(t, f.Name, "probe")
		L, P, F := f.Layers, f.PromptSize, f.FFN
		avg := filepath.Join(f.SaveTo, "avg.npy")
		if err := npy.Write(avg, []int{L, P, F}, probe.Floats("train_avg")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			mask []bool
			keep float64
			kept string
		}{{g.Bools("mask_sparse"), 0.02, "kept.sparse"}, {golden.Open(t, f.Name, "perturb").Bools("mask"), 0.1, "kept.dense"}} {
			path := filepath.Join(f.SaveTo, "mask.npy")
			if err := npy.Write(path, []int{L, F}, c.mask); err != nil {
				t.Fatal(err)
			}
			plan, err := f.plan(PruneConfig{Mask: path, Thresholds: avg}, c.keep)
			if err != nil {
				t.Fatal(err)
			}
			got := NewMask(L, F)
			for l, keep := range plan.keep {
				for _, i := range keep {
					got.Bits[l*F+int(i)] = true
				}
			}
			if !slices.Equal(got.Bits, g.Bools(c.kept)) {
				t.Errorf("%s: kept neurons differ", c.kept)
			}
		}
	})
}
