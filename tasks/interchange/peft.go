package interchange

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// Files and the tensor of a PEFT prompt-tuning checkpoint.
const (
	adapterConfig = "adapter_config.json" // AdapterHub's, too
	peftWeights   = "adapter_model.safetensors"
	peftTorch     = "adapter_model.bin"
	peftPrompt    = "prompt_embeddings"
	promptTensor  = "prompt"
	maskWord      = "roberta.embeddings.word_embeddings.weight"
)

// peftConfig is what PEFT writes and this program reads of adapter_config.json.
type peftConfig struct {
	Base       string  `json:"base_model_name_or_path"`
	Inference  bool    `json:"inference_mode"`
	Heads      int     `json:"num_attention_heads"`
	Layers     int     `json:"num_layers"`
	Submodules int     `json:"num_transformer_submodules"`
	Tokens     int     `json:"num_virtual_tokens"`
	Type       string  `json:"peft_type"`
	Init       string  `json:"prompt_tuning_init"`
	InitText   *string `json:"prompt_tuning_init_text"`
	Task       string  `json:"task_type"`
	Width      int     `json:"token_dim"`
}

// toPEFT writes a soft prompt as PEFT does: its virtual tokens are the embedding of <mask>, where the answer is read, and the tuned vectors. With a RobertaForMaskedLM
// below, PEFT's model gives at row 0 the logits that this project reads.
func toPEFT(ctx context.Context, cfg Config, r *Result) error {
	m, desc, err := loadTuned(ctx, cfg)
	if err != nil {
		return err
	}
	if !desc.Method.HasPrompt() || desc.PromptSize == 0 {
		return dataset.Usagef("%s holds a %s without a soft prompt, and PEFT's prompt tuning is one: convert it --as huggingface", cfg.From, desc.Method)
	}
	if desc.Pruned != nil {
		return dataset.Usagef("%s is a pruned model, and PEFT knows a prompt of a whole one: convert it --as huggingface", cfg.From)
	}
	h := m.Config.HiddenSize
	words, _ := m.Param(maskWord)
	prompt, _ := m.Param(promptTensor)
	mask := int(m.Tokenizer.Mask())
	rows := append(words.Floats(m.Backend())[mask*h:(mask+1)*h:(mask+1)*h], prompt.Floats(m.Backend())...)
	c := peftConfig{
		Base: hubModel(desc.Backbone), Inference: true, Heads: m.Config.NumAttentionHeads, Layers: m.Config.NumHiddenLayers, Submodules: 1, Tokens: desc.PromptSize,
		Type: "PROMPT_TUNING", Init: "RANDOM", Task: "FEATURE_EXTRACTION", Width: h,
	}
	meta, err := json.Marshal(desc)
	if err != nil {
		return err
	}
	tensors := []safetensors.Tensor{{Name: peftPrompt, Shape: []int{desc.PromptSize, h}, Data: rows}}
	holds := fmt.Sprintf("%s [%d, %d]: <mask> and the tuned vectors", peftPrompt, desc.PromptSize, h)
	if err := r.putWeights(ctx, filepath.Join(cfg.To, peftWeights), holds, tensors, map[string]string{"format": "pt", descKey: string(meta)}); err != nil {
		return err
	}
	r.note(fmt.Sprintf("on a RobertaForMaskedLM, the labels' logits are those of tokens %v at row 0", desc.IDs))
	return r.putJSON(ctx, filepath.Join(cfg.To, adapterConfig), "PEFT's prompt tuning", c)
}

// fromPEFT makes a tuned part of a PEFT prompt-tuning checkpoint. Where its first virtual token is the backbone's <mask> the prompt is this project's own; else the
// frozen <mask> row, where the answer is read, comes before all of them.
func fromPEFT(ctx context.Context, cfg Config, r *Result) error {
	var c peftConfig
	if err := readConfig(cfg.From, &c); err != nil {
		return err
	}
	switch {
	case c.Type != "PROMPT_TUNING":
		return fmt.Errorf("%s: peft_type is %q: only PROMPT_TUNING is read here", filepath.Join(cfg.From, adapterConfig), c.Type)
	case c.Submodules > 1:
		return fmt.Errorf("%s: %d transformer submodules: a RoBERTa has one", filepath.Join(cfg.From, adapterConfig), c.Submodules)
	}
	w, err := openWeights(cfg.From, peftWeights, peftTorch)
	if err != nil {
		return err
	}
	defer w.Close()
	t, err := w.tensor(peftPrompt, promptTensor)
	if err != nil {
		return err
	}
	desc, m, err := cfg.describe(ctx, w.metadata(descKey), c.Base, roberta.Prompt, r)
	if err != nil {
		return err
	}
	h := m.Config.HiddenSize
	if len(t.Shape) != 2 || t.Shape[1] != h || t.Shape[0] < 1 {
		return fmt.Errorf("%s: %s has shape %v, and the backbone %s a width of %d: name the right one with --backbone", w.path, peftPrompt, t.Shape, desc.Backbone, h)
	}
	words, _ := m.Param(maskWord)
	mask := words.Floats(m.Backend())[int(m.Tokenizer.Mask())*h:]
	rows, n := t.Data.([]float32), t.Shape[0]
	if n > 1 && near(rows[:h], mask[:h]) {
		rows, n = rows[h:], n-1
	} else {
		r.note("its first virtual token is no <mask>: the answer is read at a <mask> before all of them")
	}
	desc.PromptSize = n + 1
	return cfg.writeTuned(ctx, desc, []safetensors.Tensor{{Name: promptTensor, Shape: []int{n, h}, Data: rows}}, r)
}

// near allows for a checkpoint in half precision.
func near(x, y []float32) bool {
	for i := range x {
		if d := x[i] - y[i]; !(d < 4e-3 && d > -4e-3) {
			return false
		}
	}
	return true
}

// hubModel is a recorded backbone as others name it: without the revision.
func hubModel(name string) string {
	if _, err := os.Stat(name); err == nil {
		return name
	}
	name, _, _ = strings.Cut(name, "@")
	return name
}

func readConfig(dir string, v any) error {
	path := filepath.Join(dir, adapterConfig)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
