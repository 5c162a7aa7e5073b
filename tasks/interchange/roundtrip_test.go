package interchange

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// What is exported and taken back answers with the same bits, and says the same of itself.
func TestRoundTrip(t *testing.T) {
	for _, v := range variants {
		t.Run(v.dirName(), func(t *testing.T) {
			dir := t.TempDir()
			own := filepath.Join(dir, "own")
			v.make(t, own, backbones(t)["tiny"])
			want := logits(t, own, v.pairs)
			as := []string{"huggingface"}
			switch {
			case v.method == roberta.Prompt && v.size > 0:
				as = append(as, "peft")
			case v.method == roberta.Adapter:
				as = append(as, "adapterhub")
			}
			for _, kind := range as {
				there, back := filepath.Join(dir, kind), filepath.Join(dir, kind+"-back")
				convert(t, own, there, kind)
				convert(t, there, back, "ours")
				if err := sameLogits(logits(t, back, v.pairs), want); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
				a, errA := roberta.ReadTuned(own)
				b, errB := roberta.ReadTuned(back)
				if x, y := toJSON(t, a), toJSON(t, b); errA != nil || errB != nil || x != y {
					t.Errorf("%s: described as\n%s\nwas\n%s", kind, y, x)
				}
			}
			if v.plain() {
				v.loadsAsBackbone(t, filepath.Join(dir, "huggingface"), want)
			}
		})
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// loadsAsBackbone reads a plain export as any other RoBERTa.
func (v variant) loadsAsBackbone(t *testing.T, dir string, want [][]float32) {
	t.Helper()
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	desc := v.desc
	desc.Method, desc.Task, desc.Labels, desc.Backbone = roberta.Written, "sst2", len(desc.IDs), dir
	if desc.Template == "" { // read at <s>, as a tuned part of nothing
		src, err := roberta.OpenSource(dir, roberta.SourceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := roberta.Load(be, src, 1)
		if err != nil {
			t.Fatal(err)
		}
		b := m.NewBatch()
		for i, text := range texts {
			b.Add(m.Tokenizer.EncodeTruncated(text, m.MaxTokens()), i)
		}
		ids, join := roberta.Joined(desc.IDs)
		out, err := m.NewSession().Forward(nil, b, roberta.Run{Read: b.At, IDs: ids, Join: join})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]float32
		for n := len(want[0]); len(out) > 0; out = out[n:] {
			got = append(got, out[:n])
		}
		if err := sameLogits(got, want); err != nil {
			t.Errorf("as a backbone: %v", err)
		}
		return
	}
	there := t.TempDir()
	if err := safetensors.Write(filepath.Join(there, roberta.TunedFile), nil, map[string]string{descKey: toJSON(t, desc)}); err != nil {
		t.Fatal(err)
	}
	if err := sameLogits(logits(t, there, false), want); err != nil {
		t.Errorf("as a backbone: %v", err)
	}
}

// A PEFT checkpoint that does not begin with <mask> keeps all its tokens behind the <mask> that this project reads.
func TestForeignPEFT(t *testing.T) {
	dir := t.TempDir()
	x := make([]float32, 4*36)
	for i := range x {
		x[i] = float32(i%7) / 7
	}
	write(t, filepath.Join(dir, "in", adapterConfig), `{"peft_type": "PROMPT_TUNING", "base_model_name_or_path": "roberta-base", "num_virtual_tokens": 4, "token_dim": 36}`)
	if err := safetensors.Write(filepath.Join(dir, "in", peftWeights), []safetensors.Tensor{{Name: peftPrompt, Shape: []int{4, 36}, Data: x}}, nil); err != nil {
		t.Fatal(err)
	}
	r, err := Convert(t.Context(), Config{From: filepath.Join(dir, "in"), To: filepath.Join(dir, "out"), As: "ours", Backbone: backbones(t)["tiny"], Words: []string{"a|in", "the"}})
	if err != nil {
		t.Fatal(err)
	}
	desc, err := roberta.ReadTuned(filepath.Join(dir, "out"))
	if err != nil || desc.PromptSize != 5 || desc.Method != roberta.Prompt || desc.Task != "sst2" || len(desc.IDs[0]) != 2 || len(r.Notes) != 2 {
		t.Errorf("%+v, notes %q, %v", desc, r.Notes, err)
	}
}

// A task that this program knows by its files alone is named with its words; without them, a recorded part keeps its tokens and an unknown one is refused.
func TestForeignTasks(t *testing.T) {
	dir := t.TempDir()
	own, peft := filepath.Join(dir, "own"), filepath.Join(dir, "peft")
	v := variants[0]
	v.make(t, own, backbones(t)["tiny"])
	convert(t, own, peft, "peft")
	back := func(cfg Config) (roberta.Tuned, error) {
		cfg.From, cfg.To, cfg.As = peft, filepath.Join(t.TempDir(), "out"), "ours"
		if _, err := Convert(t.Context(), cfg); err != nil {
			return roberta.Tuned{}, err
		}
		return roberta.ReadTuned(cfg.To)
	}
	desc, err := back(Config{Task: "films"})
	if err != nil || desc.Task != "films" || desc.IDs[0][0] != v.desc.IDs[0][0] {
		t.Errorf("renamed: %+v, %v", desc, err)
	}
	desc, err = back(Config{Task: "films", Words: []string{"the|in", "a"}})
	if err != nil || desc.Task != "films" || desc.Labels != 2 || len(desc.IDs[0]) != 2 {
		t.Errorf("with words: %+v, %v", desc, err)
	}
	if desc, err = back(Config{Words: []string{"the", "in", "a"}}); err == nil || !strings.Contains(err.Error(), "words of 3 labels for the 2 labels") {
		t.Errorf("with a word too many: %+v, %v", desc, err)
	}
	text, err := os.ReadFile(filepath.Join(peft, peftWeights))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(peft, peftWeights), strings.ReplaceAll(string(text), `"`+descKey+`"`, `"somebodyels"`)) // no longer recorded
	if desc, err = back(Config{Task: "films", Backbone: backbones(t)["tiny"]}); err == nil || !strings.Contains(err.Error(), "labels of films") || !strings.Contains(err.Error(), "--verb") {
		t.Errorf("without words: %+v, %v", desc, err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What cannot be converted says why, and leaves nothing behind.
func TestInterchangeErrors(t *testing.T) {
	dir := t.TempDir()
	tiny := backbones(t)["tiny"]
	for _, v := range variants {
		v.make(t, filepath.Join(dir, v.dirName()), tiny)
	}
	convert(t, filepath.Join(dir, "adapter"), filepath.Join(dir, "hub"), "adapterhub")
	convert(t, filepath.Join(dir, "prompt"), filepath.Join(dir, "peft"), "peft")
	altered := func(name, of, from, to string) {
		t.Helper()
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(dir, of))); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name, adapterConfig)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), from, to, 1)
		if changed == string(text) {
			t.Fatalf("%s holds no %s", path, from)
		}
		write(t, path, changed)
	}
	altered("houlsby", "hub", `"mh_adapter": false`, `"mh_adapter": true`)
	altered("swish", "hub", `"non_linearity": "relu"`, `"non_linearity": "swish"`)
	altered("wide", "hub", `"reduction_factor": 16`, `"reduction_factor": 2`)
	altered("bert", "hub", `"model_type": "roberta"`, `"model_type": "bert"`)
	altered("lora", "peft", `"PROMPT_TUNING"`, `"LORA"`)
	altered("twice", "peft", `"num_transformer_submodules": 1`, `"num_transformer_submodules": 2`)
	altered("neither", "peft", `"peft_type"`, `"other"`)
	if err := os.CopyFS(filepath.Join(dir, "hollow"), os.DirFS(filepath.Join(dir, "peft"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "hollow", peftWeights)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ from, as, backbone, says string }{
		{"bias", "peft", "", "without a soft prompt"},
		{"pruned-prompt", "peft", "", "pruned model"},
		{"prompt", "adapterhub", "", "RobertaAdapter"},
		{"houlsby", "ours", "", "mh_adapter is true"},
		{"swish", "ours", "", "non_linearity is swish"},
		{"wide", "ours", "", "reduction_factor is 2"},
		{"bert", "ours", "", `model_type is "bert"`},
		{"hub", "ours", backbones(t)["mini"], "--backbone"},
		{"lora", "ours", "", `peft_type is "LORA"`},
		{"twice", "ours", "", "2 transformer submodules"},
		{"neither", "ours", "", "neither a peft_type"},
		{"hollow", "ours", "", peftWeights},
		{"peft", "ours", backbones(t)["mini"], "--backbone"},
		{"nothing", "ours", "", "no such file"},
		{"prompt", "ours", "", "holds nothing"},
	} {
		_, err := Convert(t.Context(), Config{From: filepath.Join(dir, tc.from), To: filepath.Join(dir, "out"), As: tc.as, Backbone: tc.backbone})
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s as %s: %v, want %q", tc.from, tc.as, err, tc.says)
		}
		if _, err := os.Stat(filepath.Join(dir, "out", roberta.TunedFile)); !os.IsNotExist(err) {
			t.Errorf("%s as %s left a file: %v", tc.from, tc.as, err)
		}
	}
}
