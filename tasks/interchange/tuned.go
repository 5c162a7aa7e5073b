package interchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks"
)

// isFolder reports whether dir holds AdapterHub's adapters, PEFT's prompt tuning, or what [toHuggingFace] wrote.
func isFolder(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, adapterConfig)); err == nil {
		return true
	}
	text, err := os.ReadFile(filepath.Join(dir, roberta.ConfigFile))
	var c exportedConfig
	return err == nil && json.Unmarshal(text, &c) == nil && c.Ours != nil
}

// exportedConfig is what config.json of an export says beside the model.
type exportedConfig struct {
	Ours json.RawMessage `json:"skillneuron"`
}

// ourFolder makes a tuned part of such a folder.
func ourFolder(ctx context.Context, cfg Config, r *Result) error {
	var adapter struct {
		Type  string          `json:"peft_type"`
		Inner json.RawMessage `json:"config"`
	}
	err := readConfig(cfg.From, &adapter)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fromHuggingFace(ctx, cfg, r)
	case err != nil:
		return err
	case adapter.Type != "":
		return fromPEFT(ctx, cfg, r)
	case adapter.Inner != nil:
		return fromAdapterHub(ctx, cfg, r)
	}
	return fmt.Errorf("%s has neither a peft_type (PEFT) nor a config (AdapterHub)", filepath.Join(cfg.From, adapterConfig))
}

// fromHuggingFace takes an exported folder back.
func fromHuggingFace(ctx context.Context, cfg Config, r *Result) error {
	path := filepath.Join(cfg.From, roberta.ConfigFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config exportedConfig
	var desc roberta.Tuned
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := json.Unmarshal(config.Ours, &desc); err != nil {
		return fmt.Errorf("%s: field %s: %w", path, descKey, err)
	}
	if cfg.Backbone != "" {
		desc.Backbone = cfg.Backbone
	}
	w, err := openWeights(cfg.From, safetensors.ModelFile)
	if err != nil {
		return err
	}
	defer w.Close()
	var tensors []safetensors.Tensor
	for _, name := range w.names() {
		own := ourName(name)
		for _, as := range []struct {
			name string
			keep bool
		}{{own, belongs(own, desc)}, {"backbone." + own, desc.Pruned != nil && own != promptTensor}} {
			if !as.keep || name == decoderBias {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			t, err := w.tensor(name, as.name)
			if err != nil {
				return err
			}
			tensors = append(tensors, t)
		}
	}
	if desc.Pruned != nil {
		if err := roberta.CopyTokenizer(cfg.To, os.DirFS(cfg.From)); err != nil {
			return err
		}
	}
	return cfg.writeTuned(ctx, desc, tensors, r)
}

// belongs says whether a method trains the tensor.
func belongs(name string, desc roberta.Tuned) bool {
	switch {
	case desc.Method.HasPrompt() && desc.PromptSize > 0:
		return name == promptTensor
	case desc.Method.HasPrompt():
		return true
	case desc.Method == roberta.Adapter:
		return strings.HasPrefix(name, adapterPrefix)
	case desc.Method == roberta.Bias:
		return strings.HasSuffix(name, ".bias")
	}
	return false
}

// ourName undoes [hubName].
func ourName(name string) string {
	rest, ok := strings.CutPrefix(name, layerPrefix)
	layer, part, _ := strings.Cut(rest, outputPart)
	if ok && (strings.HasPrefix(part, "down.") || strings.HasPrefix(part, "up.")) {
		return adapterPrefix + layer + "." + part
	}
	return name
}

// describe says what a foreign tuned part is: as this program recorded it, else from the flags and the task's own words. The backbone below comes with it.
func (c Config) describe(ctx context.Context, recorded, base string, method roberta.Method, r *Result) (roberta.Tuned, *roberta.Model, error) {
	desc := roberta.Tuned{Method: method, Backbone: base, Seed: tasks.DefaultSeed}
	if recorded != "" {
		if err := json.Unmarshal([]byte(recorded), &desc); err != nil {
			return desc, nil, fmt.Errorf("%s: metadata %q: %w", c.From, descKey, err)
		}
	}
	if c.Backbone != "" {
		desc.Backbone = c.Backbone
	}
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		return desc, nil, err
	}
	src, err := roberta.OpenSource(desc.Backbone, c.sources)
	if err != nil {
		return desc, nil, err
	}
	m, err := roberta.Load(be, src, desc.Seed)
	if err != nil {
		return desc, nil, err
	}
	if err := ctx.Err(); err != nil {
		return desc, nil, err
	}
	desc.Backbone = src.Name
	return desc, m, c.chooseTokens(&desc, m.Tokenizer, r)
}

// writeTuned writes best-backbone.safetensors and loads it, so that none is there which no step could read.
func (c Config) writeTuned(ctx context.Context, desc roberta.Tuned, tensors []safetensors.Tensor, r *Result) error {
	meta, err := json.Marshal(desc)
	if err != nil {
		return err
	}
	check := c
	check.From, check.Backbone = filepath.Join(c.To, roberta.TunedFile), ""
	holds := fmt.Sprintf("a %s of %s: %s", desc.Method, desc.Task, amount.Of(len(tensors), "tensor"))
	if err := r.putWeights(ctx, check.From, holds, tensors, map[string]string{descKey: string(meta), "format": "pt"}); err != nil {
		return err
	}
	_, _, err = loadTuned(ctx, check)
	return err
}
