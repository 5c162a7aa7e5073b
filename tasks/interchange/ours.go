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
		return cfg.ourFile(cfg.From, cfg.To, r)
	case isFolder(cfg.From):
		return ourFolder(cfg, r)
	case isModel(cfg.From):
		return ourModel(cfg.From, cfg.To, r)
	}
	return cfg.ourRun(ctx, r)
}

// notOurs are the files of a run of the original that have no counterpart: its optimizer's state belongs to parameters without names.
var notOurs = map[string]bool{"optimizer": true, "scheduler": true}

func (c Config) ourRun(ctx context.Context, r *Result) error {
	var left []string
	err := filepath.WalkDir(c.From, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !torchfile.Is(path) {
			return err
		}
		rel, err := filepath.Rel(c.From, path)
		if err != nil {
			return err
		}
		if notOurs[d.Name()] {
			left = append(left, rel)
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return c.ourFile(path, filepath.Join(c.To, rel), r)
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
func (c Config) ourFile(path, to string, r *Result) error {
	f, err := torchfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	switch v := f.Value.(type) {
	case *torchfile.Tensor:
		err = ourArray(v, withExtension(to, npy.Extension), r)
	case *torchfile.Dict:
		part, e := readPart(v)
		switch {
		case e != nil:
			err = e
		case part != nil:
			err = c.ourPart(part, withExtension(to, ".safetensors"), r)
		case v.Len() > 0 && allTensors(v):
			err = ourWeights(v, withExtension(to, ".safetensors"), r)
		default:
			err = ourValues(v, path, withExtension(to, ".json"), r)
		}
	default:
		err = ourValues(v, path, withExtension(to, ".json"), r)
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
func ourArray(t *torchfile.Tensor, path string, r *Result) error {
	var err error
	var kind string
	switch t.DType {
	case torchfile.Bool:
		kind, err = "bool", writeArray[bool](t, path)
	case torchfile.Uint8:
		kind, err = "uint8", writeArray[uint8](t, path)
	case torchfile.Int32:
		kind, err = "int32", writeArray[int32](t, path)
	case torchfile.Int64:
		kind, err = "int64", writeArray[int64](t, path)
	default:
		var x []float32
		if x, err = t.Float32s(); err == nil {
			err = npy.Write(path, t.Shape, x)
		}
		kind = "float32"
	}
	if err == nil {
		r.wrote(path, fmt.Sprintf("an array of shape %v, %s", t.Shape, kind))
	}
	return err
}

func writeArray[T npy.Element](t *torchfile.Tensor, path string) error {
	x, err := t.Data()
	if err != nil {
		return err
	}
	return npy.Write(path, t.Shape, x.([]T))
}

// ourWeights writes a state dict; tensors that share memory, such as tied embeddings, are written each.
func ourWeights(d *torchfile.Dict, path string, r *Result) error {
	var tensors []safetensors.Tensor
	for i := range d.Len() {
		k, v := d.At(i)
		t, err := ourTensor(k.(string), v.(*torchfile.Tensor))
		if err != nil {
			return err
		}
		tensors = append(tensors, t)
	}
	if err := safetensors.Write(path, tensors, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	r.wrote(path, "weights, "+amount.Of(len(tensors), "tensor"))
	return nil
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
func ourModel(from, to string, r *Result) error {
	w, err := torchfile.OpenWeightsFS(os.DirFS(from))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has neither %s nor %s: nothing in it is of PyTorch's format", from, torchfile.ModelFile, torchfile.IndexFile)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	defer w.Close()
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	d := &torchfile.Dict{}
	for _, name := range w.Names() {
		t, _ := w.Tensor(name)
		if err := d.Set(name, t); err != nil {
			return err
		}
	}
	if err := ourWeights(d, filepath.Join(to, safetensors.ModelFile), r); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if a, b := filepath.Clean(from), filepath.Clean(to); a == b {
		return nil
	}
	config, err := os.ReadFile(filepath.Join(from, roberta.ConfigFile))
	if err == nil {
		err = safetensors.WriteFile(filepath.Join(to, roberta.ConfigFile), config)
	}
	if err != nil {
		return err
	}
	r.wrote(filepath.Join(to, roberta.ConfigFile), "its configuration")
	if err := roberta.CopyTokenizer(to, os.DirFS(from)); errors.Is(err, roberta.ErrNoTokenizer) {
		r.note(from + " has no tokenizer; copy one to " + to)
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
