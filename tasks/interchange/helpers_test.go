package interchange

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
)

// variant is a tuned part to convert, and where its answers are read.
type variant struct {
	name   string
	method roberta.Method
	size   int
	prune  bool
	desc   roberta.Tuned // Template, Words, IDs, Concat
	pairs  bool
}

var (
	oneWord  = roberta.Tuned{Words: roberta.ByClass[string]{{"a"}, {"b"}}, IDs: roberta.ByClass[int32]{{70}, {71}}}
	several  = roberta.Tuned{Words: roberta.ByClass[string]{{"a", "b"}, {"c"}, {"d", "e", "f"}}, IDs: roberta.ByClass[int32]{{70, 80}, {90}, {75, 76, 77}}}
	variants = []variant{
		{name: "prompt", method: roberta.Prompt, size: 5, desc: oneWord},
		{name: "prompt of several words", method: roberta.Prompt, size: 2, desc: several},
		{name: "pruned prompt", method: roberta.PrunePrompt, size: 5, prune: true, desc: oneWord},
		{name: "pruned prompt, pairs", method: roberta.PrunePrompt, size: 5, prune: true, desc: oneWord, pairs: true},
		{name: "pruned prompt, joined pairs", method: roberta.PrunePrompt, size: 5, prune: true, desc: with(oneWord, "", true), pairs: true},
		{name: "pruned template", method: roberta.Written, prune: true, desc: with(several, "So {{it}} is: {text} It was <mask>.", false)},
		{name: "pruned pair template", method: roberta.Written, prune: true, desc: with(several, "{text_b}? <mask>, {text_a}", false), pairs: true},
		{name: "pruned whole", method: roberta.PrunePrompt, prune: true, desc: oneWord},
		{name: "adapter", method: roberta.Adapter, desc: oneWord},
		{name: "adapter in a template", method: roberta.Adapter, desc: with(several, "{text} It was <mask>.", false)},
		{name: "bias", method: roberta.Bias, desc: oneWord},
		{name: "bias in a template", method: roberta.Bias, desc: with(several, "{text} It was <mask>.", false)},
		{name: "everything", method: roberta.Prompt, desc: oneWord},
		{name: "template", method: roberta.Written, desc: with(several, "{text} It was <mask>.", false)},
	}
	texts = []string{"a gripping , moving and funny film", "it never comes together", "", "says <mask> itself </s>", "naïve — 没有 🙂", strings.Repeat("word after word ", 60)}
)

func with(d roberta.Tuned, template string, concat bool) roberta.Tuned {
	d.Template, d.Concat = template, concat
	return d
}

func (v variant) dirName() string { return strings.NewReplacer(" ", "-", ",", "").Replace(v.name) }

// plain says that the export is a RobertaForMaskedLM.
func (v variant) plain() bool { return !v.prune && v.size == 0 && v.method != roberta.Adapter }

// backbones are directories in Hugging Face layout.
func backbones(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, dir := range map[string]string{"tiny": "../../testdata/golden/tiny", "mini": "../../testdata/mini"} {
		abs, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = abs
	}
	return out
}

// make writes the variant's tuned part into dir.
func (v variant) make(t testing.TB, dir, backbone string) {
	t.Helper()
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := roberta.OpenSource(backbone, roberta.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := roberta.Load(be, src, 1)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	method := v.method
	if method == roberta.PrunePrompt {
		method = roberta.Prompt
	}
	params, err := m.Tune(method, v.size, rng)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range params { // as if it had been trained
		x := p.Floats(be)
		for i := range x {
			x[i] += float32(0.02 * rng.NormFloat64())
		}
		be.Upload(p.Tensor(), x)
	}
	desc := v.desc
	desc.Method, desc.PromptSize, desc.Task, desc.Labels, desc.Backbone, desc.Seed = v.method, v.size, "sst2", len(v.desc.IDs), src.Name, 1
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if v.prune {
		if m, err = pruned(m, rng, &desc); err != nil {
			t.Fatal(err)
		}
		if err := roberta.CopyTokenizer(dir, src.FS); err != nil {
			t.Fatal(err)
		}
	}
	if err := roberta.SaveTuned(filepath.Join(dir, roberta.TunedFile), m, desc); err != nil {
		t.Fatal(err)
	}
}

// pruned keeps all neurons of the first layer, one of the second, and fewer of each layer behind.
func pruned(m *roberta.Model, rng *rand.Rand, desc *roberta.Tuned) (*roberta.Model, error) {
	keep, baseline := make([][]int32, m.Layers()), make([][]float32, m.Layers())
	for l := range keep {
		baseline[l] = make([]float32, m.Width(l))
		for i := range baseline[l] {
			baseline[l][i] = float32(0.1 * rng.NormFloat64())
		}
		if l == 0 {
			continue
		}
		n := 1
		if l > 1 {
			n = m.Width(l) / (l + 1)
		}
		for _, i := range rng.Perm(m.Width(l))[:n] {
			keep[l] = append(keep[l], int32(i))
		}
		slices.Sort(keep[l])
	}
	p, err := m.Pruned(keep, baseline, false)
	if err == nil {
		desc.Pruned = &roberta.Pruning{Widths: p.Widths(), Kept: keep}
	}
	return p, err
}

// logits are those of the texts, or of pairs made of them.
func logits(t testing.TB, dir string, pairs bool) [][]float32 {
	t.Helper()
	c, err := tasks.LoadClassifier(dir, tasks.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var read []tasks.Reading
	if pairs {
		read, err = c.ReadPairs(pairsOf(texts), nil, nil)
	} else {
		read, err = c.Read(texts, nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float32, len(read))
	for i, r := range read {
		out[i] = r.Logits
	}
	return out
}

// pairsOf puts each text beside the one behind it.
func pairsOf(texts []string) [][2]string {
	out := make([][2]string, len(texts))
	for i := range texts {
		out[i] = [2]string{texts[i], texts[(i+1)%len(texts)]}
	}
	return out
}

func convert(t testing.TB, from, to, as string) *Result {
	t.Helper()
	r, err := Convert(t.Context(), Config{From: from, To: to, As: as})
	if err != nil {
		t.Fatalf("%s as %s: %v", from, as, err)
	}
	for _, f := range r.Files {
		if st, err := os.Stat(f.Path); err != nil || st.Size() == 0 {
			t.Errorf("%s as %s: %s: %v", from, as, f.Path, err)
		}
	}
	return r
}

// sameLogits compares bit by bit.
func sameLogits(got, want [][]float32) error {
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			return fmt.Errorf("text %d: logits %v, want %v", i, got[i], want[i])
		}
	}
	return nil
}
