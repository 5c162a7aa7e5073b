package interchange

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks"
)

// part is the original's best-backbone: the prompt, the verbalizer's token ids and, of a pruned model, the backbone with row 0 as it was.
type part struct {
	prompt   *torchfile.Tensor // [1, P-1, H]
	pos      []int32
	mask     *torchfile.Tensor
	backbone map[string]*torchfile.Tensor
	names    []string
}

const theirPrefix = "backbone."

// readPart takes a best-backbone apart; nil where the dict is none.
func readPart(d *torchfile.Dict) (*part, error) {
	p := &part{backbone: map[string]*torchfile.Tensor{}}
	v, ok := d.Get("prompt")
	pos, ok2 := d.Get("pos")
	if !ok || !ok2 {
		return nil, nil
	}
	if p.prompt, ok = v.(*torchfile.Tensor); !ok {
		return nil, fmt.Errorf("its prompt is a %s, want a tensor", torchfile.Kind(v))
	}
	list, ok := pos.(*torchfile.List)
	if !ok {
		return nil, fmt.Errorf("its pos is a %s, want a list of token ids", torchfile.Kind(pos))
	}
	for _, x := range list.Items {
		id, ok := x.(int64)
		if !ok || id < 0 || id > 1<<30 {
			return nil, fmt.Errorf("its pos holds %s, want token ids", torchfile.Show(x))
		}
		p.pos = append(p.pos, int32(id))
	}
	if m, ok := d.Get("mask"); ok {
		p.mask, _ = m.(*torchfile.Tensor)
	}
	for i := range d.Len() {
		k, v := d.At(i)
		name, ok := k.(string)
		t, ok2 := v.(*torchfile.Tensor)
		if rest, prefixed := strings.CutPrefix(name, theirPrefix); ok && ok2 && prefixed {
			p.backbone[rest] = t
			p.names = append(p.names, rest)
		}
	}
	return p, nil
}

// Names and Float32s make a part the weights of its backbone.
func (p *part) Names() []string { return p.names }

func (p *part) Float32s(name string, shape ...int) ([]float32, error) {
	t, ok := p.backbone[name]
	if !ok {
		return nil, fmt.Errorf("no tensor %q among its %d", theirPrefix+name, len(p.names))
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("tensor %q has shape %v, want %v: is it of this backbone?", theirPrefix+name, t.Shape, shape)
	}
	return t.Float32s()
}

// ourPart writes best-backbone.safetensors. The backbone gives the words that stand behind the token ids, and a pruned model's sizes and tokenizer.
func (c Config) ourPart(ctx context.Context, p *part, path string, r *Result) error {
	name := c.Backbone
	if name == "" {
		name = tasks.DefaultBackbone
	}
	sources := c.sources
	sources.Bare = true // its weights are not needed, so they need not be there
	src, err := roberta.OpenSource(name, sources)
	if err != nil {
		return err
	}
	if c.Backbone == "" {
		r.note(fmt.Sprintf("nothing in it says which backbone it was tuned on: %s is recorded; --backbone names another", src.Name))
	}
	config, err := roberta.ReadConfig(src.FS)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	tok, err := bpe.Load(src.FS)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	shape := p.prompt.Shape
	if len(shape) == 3 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) != 2 || shape[0] < 1 || shape[1] != config.HiddenSize {
		return fmt.Errorf("its prompt has shape %v, want [1, rows, %d] for the backbone %s; --backbone names another", p.prompt.Shape, config.HiddenSize, name)
	}
	prompt, err := p.prompt.Float32s()
	if err != nil {
		return fmt.Errorf("its prompt: %w", err)
	}
	desc := roberta.Tuned{Method: roberta.Prompt, PromptSize: shape[0] + 1, Seed: tasks.DefaultSeed, Backbone: src.Name}
	if err := c.nameTokens(&desc, p.pos, tok, r); err != nil {
		return err
	}
	if len(p.backbone) > 0 {
		return c.ourPruned(ctx, p, path, desc, config, tok, src, prompt, r)
	}
	meta, err := json.Marshal(desc)
	if err != nil {
		return err
	}
	tensors := []safetensors.Tensor{{Name: "prompt", Shape: shape, Data: prompt}}
	holds := fmt.Sprintf("a prompt of %s for %s", amount.Of(desc.PromptSize, "row"), desc.Task)
	return r.putWeights(ctx, path, holds, tensors, map[string]string{descKey: string(meta), "format": "pt"})
}

// ourPruned writes a pruned model with its backbone, and the tokenizer beside it.
func (c Config) ourPruned(ctx context.Context, p *part, path string, desc roberta.Tuned, config roberta.Config, tok *bpe.Tokenizer, src *roberta.Source, prompt []float32,
	r *Result) error {
	widths := make([]int, config.NumHiddenLayers)
	narrow := 0
	for l := range widths {
		name := fmt.Sprintf("roberta.encoder.layer.%d.intermediate.dense.bias", l)
		b, ok := p.backbone[name]
		if !ok || len(b.Shape) != 1 {
			return fmt.Errorf("it has no %s%s: is it of the backbone %s?", theirPrefix, name, desc.Backbone)
		}
		if widths[l] = b.Shape[0]; widths[l] < config.IntermediateSize {
			narrow++
		}
	}
	if err := p.restoreMask(tok.Mask(), config, r); err != nil {
		return err
	}
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		return err
	}
	m, err := roberta.Assemble(be, config, widths, p, prompt, desc.PromptSize)
	if err != nil {
		return err
	}
	desc.Method = roberta.PrunePrompt
	desc.Pruned = &roberta.Pruning{Widths: widths, Kept: make([][]int32, len(widths)), Compat: "double_count"}
	if err := ctx.Err(); err != nil {
		return err
	}
	dir := filepath.Dir(path) // first, as it is nothing without the part
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := roberta.CopyTokenizer(dir, src.FS); err != nil {
		return err
	}
	if err := roberta.SaveTuned(path, m, desc); err != nil {
		return err
	}
	r.wrote(path, fmt.Sprintf("a pruned model, %d of %d layers narrower, with a prompt of %s for %s", narrow, len(widths), amount.Of(desc.PromptSize, "row"), desc.Task))
	r.note("which neurons the pruned layers kept is not in it")
	r.wrote(dir, "its tokenizer")
	return nil
}

// restoreMask gives <mask> the embedding that row 0 had in the original: a pruned model there draws it anew, saves it once it is tuned, and reads its
// answers there.
func (p *part) restoreMask(id int32, c roberta.Config, r *Result) error {
	const name = "roberta.embeddings.word_embeddings.weight"
	words, ok := p.backbone[name]
	if p.mask == nil || !ok || p.mask.Len() != c.HiddenSize || !slices.Equal(words.Shape, []int{c.VocabSize, c.HiddenSize}) {
		return nil
	}
	row, err := p.mask.Float32s()
	if err != nil {
		return fmt.Errorf("its mask: %w", err)
	}
	all, err := words.Float32s()
	if err != nil {
		return fmt.Errorf("tensor %q: %w", theirPrefix+name, err)
	}
	own := all[int(id)*c.HiddenSize:][:c.HiddenSize]
	if slices.Equal(own, row) {
		return nil
	}
	copy(own, row)
	if p.backbone[name], err = torchfile.New(words.Shape, all); err != nil {
		return err
	}
	r.note("its row 0 is not <mask>'s embedding (the original draws it anew): the file keeps it as <mask>'s, so that scores stay the original's")
	return nil
}
