package golden

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

//go:embed inputs.json golden.json *.safetensors tiny
var files embed.FS

// Model is what inputs.json says of one of the two models.
type Model struct {
	Name          string
	PromptSize    int       `json:"prompt_size"`
	MaxTokens     int       `json:"max_tokens"`
	Layers        int       `json:"layers"`
	Hidden        int       `json:"hidden"`
	FFN           int       `json:"ffn"`
	MaskID        int32     `json:"mask_id"`
	VerbalizerIDs []int32   `json:"verbalizer_ids"`
	EmptyIDs      []int32   `json:"empty_ids"`
	IDs           [][]int32 `json:"ids"`
	Masked        []struct {
		Text     string  `json:"text"`
		IDs      []int32 `json:"ids"`
		Position int     `json:"position"`
	} `json:"masked"`
}

// Inputs is inputs.json.
type Inputs struct {
	Sentences []struct {
		Split string `json:"split"`
		Text  string `json:"text"`
		Label int    `json:"label"`
	} `json:"sentences"`
	GradientBatch      []int            `json:"gradient_batch"`
	StepBatches        [][]int          `json:"step_batches"`
	HiddenSentences    []int            `json:"hidden_sentences"`
	ActivationSentence int              `json:"activation_sentence"`
	Models             map[string]Model `json:"models"`
}

// Read reads inputs.json.
func Read(t testing.TB) Inputs {
	t.Helper()
	var in Inputs
	decode(t, "inputs.json", &in)
	for name, m := range in.Models {
		m.Name = name
		in.Models[name] = m
	}
	return in
}

// Labels are the labels of the given sentences.
func (in Inputs) Labels(sentences []int) []int32 {
	out := make([]int32, len(sentences))
	for i, s := range sentences {
		out[i] = int32(in.Sentences[s].Label)
	}
	return out
}

// Tiny is the random model's directory.
func Tiny() fs.FS {
	sub, err := fs.Sub(files, "tiny")
	if err != nil {
		panic(err)
	}
	return sub
}

// Topic is one file NAME.TOPIC.safetensors with the distances of its tensors.
type Topic struct {
	t         testing.TB
	name      string
	file      *safetensors.File
	amplifies float64
	distances map[string]struct {
		MaxAbs   float64 `json:"max_abs"`
		Distance float64 `json:"float32_distance"`
	}
}

// Open opens one topic of one model.
func Open(t testing.TB, model, topic string) *Topic {
	t.Helper()
	name := model + "." + topic
	f, err := safetensors.OpenFS(files, name+".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	var all struct {
		Distances map[string]json.RawMessage `json:"distances"`
	}
	decode(t, "golden.json", &all)
	g := &Topic{t: t, name: name, file: f}
	var worst float64
	for topic, raw := range all.Distances {
		if err := json.Unmarshal(raw, &g.distances); err != nil {
			t.Fatal(err)
		}
		for tensor, d := range g.distances {
			if strings.HasPrefix(topic, model+".") && strings.Contains(tensor, "logits") {
				worst = max(worst, d.Distance)
			}
		}
		g.distances = nil
	}
	g.amplifies = max(1, worst/1e-5)
	if raw := all.Distances[name]; raw != nil {
		if err := json.Unmarshal(raw, &g.distances); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// Amplifies is how much more than a real model this one magnifies rounding: 1 for mini; about 6 for the random tiny model, on which Hugging
// Face's float32 logits lie 6e-5 from its own float64's. Tolerances for tiny are that much wider.
func (g *Topic) Amplifies() float64 { return g.amplifies }

// Names are the tensors of the topic that begin with prefix.
func (g *Topic) Names(prefix string) []string {
	var out []string
	for _, n := range g.file.Names() {
		if strings.HasPrefix(n, prefix) {
			out = append(out, n)
		}
	}
	return out
}

// Floats is a float tensor.
func (g *Topic) Floats(name string) []float32 {
	g.t.Helper()
	x, err := g.file.Float32s(name)
	if err != nil {
		g.t.Fatal(err)
	}
	return x
}

// Bytes is the content of an integer or bool tensor.
func (g *Topic) Bytes(name string) []byte {
	g.t.Helper()
	x, err := g.file.Raw(name)
	if err != nil {
		g.t.Fatal(err)
	}
	return x
}

// Ints is an I32 tensor.
func (g *Topic) Ints(name string) []int32 {
	g.t.Helper()
	b := g.Bytes(name)
	x := make([]int32, len(b)/4)
	for i := range x {
		x[i] = int32(b[4*i]) | int32(b[4*i+1])<<8 | int32(b[4*i+2])<<16 | int32(b[4*i+3])<<24
	}
	return x
}

// Bools is a BOOL tensor.
func (g *Topic) Bools(name string) []bool {
	g.t.Helper()
	b := g.Bytes(name)
	x := make([]bool, len(b))
	for i := range x {
		x[i] = b[i] != 0
	}
	return x
}

// Distance is how far Hugging Face's float32 lies from its own float64.
func (g *Topic) Distance(name string) float64 {
	g.t.Helper()
	d, ok := g.distances[name]
	if !ok {
		g.t.Fatalf("golden.json has no distance of %s/%s", g.name, name)
	}
	return d.Distance
}

// MaxAbs is the tensor's largest magnitude.
func (g *Topic) MaxAbs(name string) float64 { return g.distances[name].MaxAbs }

// Logits compares under contract 5: within max(2e-5, twice the reference's own distance).
func (g *Topic) Logits(name string, got []float32) {
	g.t.Helper()
	g.Within(name, got, max(2e-5*g.amplifies, 2*g.Distance(name)), 0)
}

// Activations compares under contract 5: within 1e-5·max(1, |a|).
func (g *Topic) Activations(name string, got []float32) {
	g.t.Helper()
	g.Within(name, got, 1e-5*g.amplifies, 1e-5*g.amplifies)
}

// Gradient compares within twice the reference's own distance, but at least the given share of the tensor's largest magnitude.
func (g *Topic) Gradient(name string, got []float32, share float64) {
	g.t.Helper()
	g.Within(name, got, max(2*g.Distance(name), share*g.amplifies*g.MaxAbs(name)), 0)
}

// Within compares every element within max(atol, rtol·|want|).
func (g *Topic) Within(name string, got []float32, atol, rtol float64) {
	g.t.Helper()
	want := g.Floats(name)
	if len(got) != len(want) {
		g.t.Errorf("%s/%s: %d elements, want %d", g.name, name, len(got), len(want))
		return
	}
	worst, at, bad := 0.0, 0, 0
	for i, w := range want {
		d := math.Abs(float64(got[i]) - float64(w))
		if !(d <= max(atol, rtol*math.Abs(float64(w)))) {
			bad++
			if !(d <= worst) {
				worst, at = d, i
			}
		}
	}
	if bad > 0 {
		g.t.Errorf("%s/%s: %d of %d elements differ, worst by %.3g at %d: got %v, want %v (tolerance %.3g)", g.name, name, bad, len(want), worst, at, got[at], want[at], atol)
	}
}

func decode(t testing.TB, name string, v any) {
	t.Helper()
	data, err := files.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", name, err))
	}
}
