package interchange

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// modeling is what transformers runs for models that are no plain RoBERTa.
//
//go:embed modeling_skillneuron.py
var modeling []byte

const (
	modelingModule  = "modeling_skillneuron"
	descKey         = "skillneuron" // of config.json and of metadata: the tuned part's description
	tokenizerConfig = "tokenizer_config.json"
	headBias        = "lm_head.bias"
	decoderBias     = "lm_head.decoder.bias"
)

// toHuggingFace makes a folder that transformers loads of what train or prune wrote: a RobertaForMaskedLM where nothing but the backbone's own
// weights were tuned, else a model of modeling_skillneuron.py, which stands beside it.
func toHuggingFace(ctx context.Context, cfg Config, r *Result) error {
	m, desc, err := loadTuned(ctx, cfg)
	if err != nil {
		return err
	}
	tokenizer, err := tokenizerFiles(cfg, desc)
	if err != nil {
		return err
	}
	plain := desc.Pruned == nil && desc.PromptSize == 0 && desc.Method != roberta.Adapter
	config, err := hubConfig(m, desc, plain)
	if err != nil {
		return err
	}
	file := func(name string, data []byte, holds string) error {
		return r.putBytes(ctx, filepath.Join(cfg.To, name), holds, data)
	}
	holds := "RobertaForMaskedLM"
	if !plain {
		holds = "SkillNeuronForSequenceClassification, by " + modelingModule + ".py"
		if err := file(modelingModule+".py", modeling, "the model's code, for trust_remote_code=True"); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tokenizer)) {
		if err := file(name, tokenizer[name], "the tokenizer"); err != nil {
			return err
		}
	}
	tensors := hubTensors(m, plain)
	weights := filepath.Join(cfg.To, safetensors.ModelFile)
	if err := r.putWeights(ctx, weights, amount.Of(len(tensors), "tensor")+", float32", tensors, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	r.note(readingNote(desc, plain))
	return file(roberta.ConfigFile, config, holds)
}

// readingNote says where in the folder's model the answer is read.
func readingNote(desc roberta.Tuned, plain bool) string {
	if !plain {
		return "the model's logits are those of the labels, and model.encode(tokenizer, texts) makes its inputs"
	}
	at := "<s>, row 0"
	if desc.Template != "" {
		at = fmt.Sprintf("the <mask> of %q", desc.Template)
	}
	return fmt.Sprintf("a masked language model: the labels' logits are those of tokens %v at %s; config.json has them under %q", desc.IDs, at, descKey)
}

// loadTuned loads the tuned part that cfg names.
func loadTuned(ctx context.Context, cfg Config) (*roberta.Model, roberta.Tuned, error) {
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		return nil, roberta.Tuned{}, err
	}
	m, desc, err := roberta.LoadTuned(be, cfg.From, cfg.Backbone, cfg.sources)
	if err == nil {
		err = ctx.Err()
	}
	return m, desc, err
}

// hubTensors are the model's weights under transformers' names.
func hubTensors(m *roberta.Model, plain bool) []safetensors.Tensor {
	var out []safetensors.Tensor
	for _, p := range m.Params() {
		t := safetensors.Tensor{Name: hubName(p.Name), Shape: p.Shape, Data: p.Floats(m.Backend())}
		out = append(out, t)
		if p.Name == headBias && plain && !m.Config.TieWordEmbeddings { // some releases of transformers look for it there
			t.Name = decoderBias
			out = append(out, t)
		}
	}
	return out
}

const (
	adapterPrefix = "adapter.layer."
	layerPrefix   = "roberta.encoder.layer."
	outputPart    = ".output."
)

// hubName puts an adapter where modeling_skillneuron.py has it; all other names are transformers' own.
func hubName(name string) string {
	if rest, ok := strings.CutPrefix(name, adapterPrefix); ok {
		layer, part, _ := strings.Cut(rest, ".")
		return layerPrefix + layer + outputPart + part
	}
	return name
}

// hubConfig is config.json: the backbone's own, and what was tuned.
func hubConfig(m *roberta.Model, desc roberta.Tuned, plain bool) ([]byte, error) {
	text, err := json.Marshal(m.Config)
	if err != nil {
		return nil, err
	}
	c := map[string]any{}
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	c[descKey] = desc
	c["torch_dtype"] = "float32"
	delete(c, "dtype")
	c["architectures"] = []string{"RobertaForMaskedLM"}
	if !plain {
		class := "SkillNeuronForSequenceClassification"
		c["architectures"] = []string{class}
		c["model_type"] = "skillneuron"
		c["auto_map"] = map[string]string{"AutoConfig": modelingModule + ".SkillNeuronConfig", "AutoModelForSequenceClassification": modelingModule + "." + class}
		labels, ids := map[string]string{}, map[string]int{}
		for k, words := range desc.Words {
			labels[fmt.Sprint(k)], ids[words[0]] = words[0], k
		}
		c["id2label"], c["label2id"] = labels, ids
		c["ffn_widths"] = m.Widths()
		c["prompt_size"] = m.PromptRows()
		c["adapter_size"] = adapterSize(m)
		c["verbalizer_ids"] = [][]int32(desc.IDs)
		c["mask_token_id"] = m.Tokenizer.Mask()
		c["template"], c["concat_pairs"] = desc.Template, desc.Concat
	}
	text, err = json.MarshalIndent(c, "", "  ")
	return append(text, '\n'), err
}

// adapterSize is the width of the adapters, 0 without.
func adapterSize(m *roberta.Model) int {
	if p, ok := m.Param(adapterPrefix + "0.down.weight"); ok {
		return p.Shape[0]
	}
	return 0
}

// tokenizerFiles are those of the model's tokenizer, and a tokenizer_config.json by which transformers knows what they are.
func tokenizerFiles(cfg Config, desc roberta.Tuned) (map[string][]byte, error) {
	src, err := tokenizerFS(cfg, desc)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range []string{"tokenizer.json", "vocab.json", "merges.txt", tokenizerConfig, "special_tokens_map.json"} {
		data, err := fs.ReadFile(src, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[name] = data
	}
	if files[tokenizerConfig] == nil {
		files[tokenizerConfig] = []byte(robertaTokenizer)
	}
	return files, nil
}

// robertaTokenizer says what RoBERTa's <mask> does with the blank before it, which vocab.json and merges.txt do not.
const robertaTokenizer = `{
  "tokenizer_class": "RobertaTokenizer",
  "add_prefix_space": false,
  "mask_token": {
    "__type": "AddedToken", "content": "<mask>", "lstrip": true, "normalized": false, "rstrip": false, "single_word": false, "special": true
  }
}
`

// tokenizerFS is where a model's tokenizer stands: beside a pruned model, else with its backbone.
func tokenizerFS(cfg Config, desc roberta.Tuned) (fs.FS, error) {
	if desc.Pruned != nil {
		path, err := roberta.FindTuned(cfg.From)
		if err != nil {
			return nil, err
		}
		dir := os.DirFS(filepath.Dir(path))
		for _, name := range []string{"tokenizer.json", "vocab.json"} {
			if _, err := fs.Stat(dir, name); err == nil {
				return dir, nil
			}
		}
	}
	src, err := roberta.OpenSource(desc.Backbone, cfg.sources)
	if err != nil {
		return nil, err
	}
	return src.FS, nil
}
