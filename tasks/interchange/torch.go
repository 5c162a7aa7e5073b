package interchange

import (
	"context"
	"encoding/json"
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
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// toTorch writes one of our files, or a whole run, as torch.save would: an array as a tensor, a tuned part as the original's best-backbone, other weights
// as a state dict, a JSON file as dicts, lists and numbers.
func toTorch(ctx context.Context, cfg Config, r *Result) error {
	st, err := os.Stat(cfg.From)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return theirRun(ctx, cfg, r)
	}
	return theirFile(ctx, cfg, cfg.From, cfg.To, r)
}

// theirRun writes what the original reads of a run: the best part, arrays and scores. Names lose their extensions.
func theirRun(ctx context.Context, cfg Config, r *Result) error {
	err := filepath.WalkDir(cfg.From, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return passBy(d, err)
		}
		name, ok := strings.CutSuffix(d.Name(), npy.Extension)
		switch {
		case ok:
		case d.Name() == roberta.TunedFile:
			name = strings.TrimSuffix(d.Name(), ".safetensors")
		case isScores(d.Name()) || d.Name() == "inference_time.json":
			name = strings.TrimSuffix(d.Name(), ".json")
		default:
			return nil
		}
		rel, err := filepath.Rel(cfg.From, filepath.Join(filepath.Dir(path), name))
		if err != nil {
			return err
		}
		return theirFile(ctx, cfg, path, filepath.Join(cfg.To, rel), r)
	})
	if err == nil && len(r.Files) == 0 {
		err = fmt.Errorf("%s holds no file of this project that the original has, such as %s or arrays", cfg.From, roberta.TunedFile)
	}
	return err
}

func theirFile(ctx context.Context, cfg Config, path, to string, r *Result) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v, holds, err := theirValue(ctx, cfg, path, r)
	if err != nil {
		return err
	}
	return r.putTorch(ctx, to, holds, v)
}

func theirValue(ctx context.Context, cfg Config, path string, r *Result) (v any, holds string, err error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case npy.Extension:
		t, err := arrayTensor(path)
		if err != nil {
			return nil, "", err
		}
		return t, fmt.Sprintf("a %s tensor of shape %v", t.DType, t.Shape), nil
	case ".safetensors":
		if desc, err := roberta.ReadTuned(path); err == nil && desc.Method.HasPrompt() && desc.PromptSize > 0 {
			return theirPart(cfg, path, desc, r)
		}
		d, err := stateDict(ctx, path)
		if err != nil {
			return nil, "", err
		}
		return d, "a state dict of " + amount.Of(d.Len(), "tensor"), nil
	case ".json":
		v, err := jsonValue(path)
		if isScores(path) {
			v = theirScores(v)
		}
		return v, "a " + torchfile.Kind(v), err
	}
	return nil, "", fmt.Errorf("%s: want a .npy, .safetensors or .json file of this project", path)
}

// arrayTensor reads an array with its own element type.
func arrayTensor(path string) (*torchfile.Tensor, error) {
	h, err := npy.ReadHeader(path)
	if err != nil {
		return nil, err
	}
	switch kind := strings.TrimLeft(h.Descr, "<>|="); kind {
	case "f2", "f4":
		return readTensor[float32](path)
	case "f8":
		return readTensor[float64](path)
	case "b1":
		return readTensor[bool](path)
	case "u1":
		return readTensor[uint8](path)
	case "i4":
		return readTensor[int32](path)
	default:
		return readTensor[int64](path)
	}
}

func readTensor[T npy.Element](path string) (*torchfile.Tensor, error) {
	shape, x, err := npy.Read[T](path)
	if err != nil {
		return nil, err
	}
	return torchfile.New(shape, x)
}

// theirPart is a best-backbone of the original: prompt and pos, and of a pruned model the backbone and row 0, which the original would draw anew.
func theirPart(cfg Config, path string, desc roberta.Tuned, r *Result) (v any, holds string, err error) {
	pos := &torchfile.List{}
	for class, ids := range desc.IDs {
		if len(ids) != 1 {
			return nil, "", fmt.Errorf("%s: class %d has %s; the original knows one token a class", path, class, amount.Of(len(ids), "word"))
		}
		pos.Items = append(pos.Items, int64(ids[0]))
	}
	if desc.Template != "" || desc.Concat {
		r.note(path + ": how texts are joined or wrapped is not in the original's file")
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	d := &torchfile.Dict{}
	set := func(name string, data []float32, shape ...int) {
		if err == nil {
			var t *torchfile.Tensor
			if t, err = torchfile.New(shape, data); err == nil {
				err = d.Set(name, t)
			}
		}
	}
	for _, name := range f.Names() {
		info, _ := f.Info(name)
		x, err := f.Float32s(name)
		if err != nil {
			return nil, "", err
		}
		shape := info.Shape
		if name == "prompt" {
			shape = append([]int{1}, shape...)
		}
		set(name, x, shape...)
		if name == theirPrefix+"lm_head.bias" { // there the decoder's own, which is loaded by either name
			set(theirPrefix+"lm_head.decoder.bias", x, shape...)
		}
	}
	if err == nil {
		err = d.Set("pos", pos)
	}
	if desc.Pruned != nil {
		row, h, err := maskRow(cfg, path)
		if err != nil {
			return nil, "", err
		}
		set("mask", row, 1, 1, h)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	if desc.Pruned == nil {
		return d, fmt.Sprintf("a best-backbone of the original: prompt and pos, %s", amount.Of(desc.PromptSize, "row")), nil
	}
	r.note("the original loads a pruned model into prune_structure/PruneRoberta, which has to have its layers' widths: " + fmt.Sprint(desc.Pruned.Widths))
	return d, fmt.Sprintf("a best-backbone of the original: a pruned model with %s", amount.Of(d.Len()-3, "tensor")), nil
}

// maskRow is <mask>'s embedding in a pruned model.
func maskRow(cfg Config, path string) (row []float32, h int, err error) {
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		return nil, 0, err
	}
	m, _, err := roberta.LoadTuned(be, path, "", cfg.sources)
	if err != nil {
		return nil, 0, err
	}
	words, _ := m.Param("roberta.embeddings.word_embeddings.weight")
	h = m.Config.HiddenSize
	return words.Floats(be)[int(m.Tokenizer.Mask())*h:][:h], h, nil
}

// stateDict reads weights; halves become float32.
func stateDict(ctx context.Context, path string) (*torchfile.Dict, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := &torchfile.Dict{Ordered: true}
	for _, name := range f.Names() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		info, _ := f.Info(name)
		x, err := f.Float32s(name)
		if err != nil {
			return nil, err
		}
		t, err := torchfile.New(info.Shape, x)
		if err != nil {
			return nil, fmt.Errorf("%s: tensor %q: %w", path, name, err)
		}
		if err := d.Set(name, t); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func jsonValue(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return fromJSON(v)
}

func fromJSON(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		l := &torchfile.List{}
		for _, x := range v {
			y, err := fromJSON(x)
			if err != nil {
				return nil, err
			}
			l.Items = append(l.Items, y)
		}
		return l, nil
	case map[string]any:
		d := &torchfile.Dict{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			y, err := fromJSON(v[k])
			if err == nil {
				err = d.Set(k, y)
			}
			if err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return v, nil
}
