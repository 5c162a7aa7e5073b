package interchange

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// toOurs reads what torch.save wrote: one file, a directory of the original program's with everything below it, or a model in PyTorch's format; or
// a tuned part in another library's folder.
func toOurs(ctx context.Context, cfg Config, r *Result) error {
	st, err := os.Stat(cfg.From)
	switch {
	case err != nil:
		return err
	case !st.IsDir():
		return cfg.ourFile(ctx, cfg.From, cfg.To, r)
	case isFolder(cfg.From):
		return ourFolder(ctx, cfg, r)
	case isModel(cfg.From):
		return cfg.ourModel(ctx, r)
	}
	return cfg.ourRun(ctx, r)
}

// notOurs are the files of a run of the original that have no counterpart: its optimizer's state belongs to parameters without names.
var notOurs = map[string]bool{"optimizer": true, "scheduler": true}

func (c Config) ourRun(ctx context.Context, r *Result) error {
	var left []string
	err := filepath.WalkDir(c.From, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !torchfile.Is(path) {
			return passBy(d, err)
		}
		rel, err := filepath.Rel(c.From, path)
		if err != nil {
			return err
		}
		if notOurs[d.Name()] {
			left = append(left, rel)
			return nil
		}
		return c.ourFile(ctx, path, filepath.Join(c.To, rel), r)
	})
	if err != nil {
		return err
	}
	if len(r.Files) == 0 {
		return fmt.Errorf("%s holds nothing that torch.save wrote", c.From)
	}
	if left != nil {
		r.note(strings.Join(left, " and ") + " are left out: a run of this project starts from the best part with fresh moments (train --resume_from DIR -p)")
	}
	return nil
}

// ourFile converts one file by what it holds; to gets the extension that this project gives such files.
func (c Config) ourFile(ctx context.Context, path, to string, r *Result) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := torchfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	switch v := f.Value.(type) {
	case *torchfile.Tensor:
		err = ourArray(ctx, v, withExtension(to, npy.Extension), r)
	case *torchfile.Dict:
		part, e := readPart(v)
		switch {
		case e != nil:
			err = e
		case part != nil:
			err = c.ourPart(ctx, part, withExtension(to, ".safetensors"), r)
		case v.Len() > 0 && allTensors(v):
			err = ourWeights(ctx, v, withExtension(to, ".safetensors"), r)
		default:
			err = ourValues(ctx, v, path, withExtension(to, ".json"), r)
		}
	default:
		err = ourValues(ctx, v, path, withExtension(to, ".json"), r)
	}
	if err != nil && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return err
}

func withExtension(path, extension string) string {
	if strings.EqualFold(filepath.Ext(path), extension) {
		return path
	}
	return path + extension
}

func allTensors(d *torchfile.Dict) bool {
	for i := range d.Len() {
		k, v := d.At(i)
		if _, ok := k.(string); !ok || torchfile.Kind(v) != "tensor" {
			return false
		}
	}
	return true
}

// ourArray writes floats as float32, which all arrays of this project are, whatever they were.
func ourArray(ctx context.Context, t *torchfile.Tensor, path string, r *Result) error {
	switch t.DType {
	case torchfile.Bool:
		return writeArray[bool](ctx, t, path, r)
	case torchfile.Uint8:
		return writeArray[uint8](ctx, t, path, r)
	case torchfile.Int32:
		return writeArray[int32](ctx, t, path, r)
	case torchfile.Int64:
		return writeArray[int64](ctx, t, path, r)
	}
	x, err := t.Float32s()
	if err != nil {
		return err
	}
	return putArray(ctx, r, path, arrayHolds(t, "float32"), t.Shape, x)
}

func writeArray[T npy.Element](ctx context.Context, t *torchfile.Tensor, path string, r *Result) error {
	x, err := t.Data()
	if err != nil {
		return err
	}
	return putArray(ctx, r, path, arrayHolds(t, fmt.Sprintf("%T", *new(T))), t.Shape, x.([]T))
}

func arrayHolds(t *torchfile.Tensor, kind string) string {
	return fmt.Sprintf("an array of shape %v, %s", t.Shape, kind)
}

// ourWeights writes a state dict; tensors that share memory, such as tied embeddings, are written each.
func ourWeights(ctx context.Context, d *torchfile.Dict, path string, r *Result) error {
	var tensors []safetensors.Tensor
	for i := range d.Len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, v := d.At(i)
		t, err := ourTensor(k.(string), v.(*torchfile.Tensor))
		if err != nil {
			return err
		}
		tensors = append(tensors, t)
	}
	return r.putWeights(ctx, path, "weights, "+amount.Of(len(tensors), "tensor"), tensors, map[string]string{"format": "pt"})
}

// ourTensor keeps the element type; halves pass through float32 without loss.
func ourTensor(name string, t *torchfile.Tensor) (safetensors.Tensor, error) {
	x, err := t.Data()
	if err != nil {
		return safetensors.Tensor{}, fmt.Errorf("tensor %q: %w", name, err)
	}
	out := safetensors.Tensor{Name: name, Shape: t.Shape, Data: x}
	switch t.DType {
	case torchfile.Float16:
		out.DType = safetensors.F16
	case torchfile.BFloat16:
		out.DType = safetensors.BF16
	}
	return out, nil
}

// isModel tells a directory of a model from one of a run.
func isModel(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, roberta.ConfigFile))
	return err == nil
}

// ourModel writes a model's weights as safetensors, with its configuration and tokenizer beside them.
func (c Config) ourModel(ctx context.Context, r *Result) error {
	from, to := c.From, c.To
	w, err := torchfile.OpenWeightsFS(os.DirFS(from))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has neither %s nor %s: nothing in it is of PyTorch's format", from, torchfile.ModelFile, torchfile.IndexFile)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	defer w.Close()
	d := &torchfile.Dict{}
	for _, name := range w.Names() {
		t, _ := w.Tensor(name)
		if err := d.Set(name, t); err != nil {
			return err
		}
	}
	if err := ourWeights(ctx, d, filepath.Join(to, safetensors.ModelFile), r); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if filepath.Clean(from) == filepath.Clean(c.target) { // they are there
		return nil
	}
	config, err := os.ReadFile(filepath.Join(from, roberta.ConfigFile))
	if err == nil {
		err = r.putBytes(ctx, filepath.Join(to, roberta.ConfigFile), "its configuration", config)
	}
	if err != nil {
		return err
	}
	if err := roberta.CopyTokenizer(to, os.DirFS(from)); errors.Is(err, roberta.ErrNoTokenizer) {
		r.note(from + " has no tokenizer; copy one to " + c.target)
		return nil
	} else if err != nil {
		return err
	}
	r.wrote(to, "its tokenizer")
	return nil
}

var scoreFiles = []string{"mask_perf", "cmp_perf", "inference_perf"}

func isScores(path string) bool {
	base := filepath.Base(path)
	return slices.Contains(scoreFiles, strings.TrimSuffix(base, ".json"))
}
