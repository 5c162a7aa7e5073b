package torchfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// The names that Hugging Face gives to a model's weights in PyTorch's format.
const (
	ModelFile = "pytorch_model.bin"
	IndexFile = "pytorch_model.bin.index.json"
)

// Weights are a state dict: tensors by name, of one file or of several (shards) that an index lists.
type Weights struct {
	files   []*File
	names   []string
	tensors map[string]named
}

type named struct {
	*Tensor
	file string
}

// OpenWeights opens a file that holds a state dict, by itself or under "state_dict" or "model_state_dict", as training programs save it.
func OpenWeights(path string) (*Weights, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	return gather([]*File{f})
}

// OpenWeightsFS opens the weights in a directory: pytorch_model.bin, or else the shards that pytorch_model.bin.index.json names.
func OpenWeightsFS(fsys fs.FS) (*Weights, error) {
	f, err := OpenFS(fsys, ModelFile)
	if err == nil {
		return gather([]*File{f})
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text, err := fs.ReadFile(fsys, IndexFile)
	if err != nil {
		return nil, err
	}
	shards, err := Shards(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IndexFile, err)
	}
	var files []*File
	for _, name := range shards {
		f, err := OpenFS(fsys, name)
		if err != nil {
			closeAll(files)
			return nil, fmt.Errorf("%s: shard %s: %w", IndexFile, name, err)
		}
		files = append(files, f)
	}
	return gather(files)
}

// Shards lists the files that an index names, sorted.
func Shards(index []byte) ([]string, error) {
	var x struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(index, &x); err != nil {
		return nil, err
	}
	if len(x.WeightMap) == 0 {
		return nil, errors.New("no weight_map")
	}
	shards := slices.Compact(slices.Sorted(maps.Values(x.WeightMap)))
	for _, name := range shards {
		if !fs.ValidPath(name) || strings.ContainsAny(name, `\:`) || path.Base(name) != name || name == "." {
			return nil, fmt.Errorf("%q is no name of a file beside the index", name)
		}
	}
	return shards, nil
}

// gather takes over files.
func gather(files []*File) (*Weights, error) {
	w := &Weights{files: files, tensors: map[string]named{}}
	for _, f := range files {
		d, err := stateDict(f.Value)
		if err == nil {
			err = w.add(f.name, d)
		}
		if err != nil {
			w.Close()
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return w, nil
}

func stateDict(v any) (*Dict, error) {
	d, ok := v.(*Dict)
	if !ok {
		return nil, fmt.Errorf("holds a %s, want a state dict: tensors by name", kind(v))
	}
	for _, key := range []string{"state_dict", "model_state_dict"} {
		if inner, ok := d.Get(key); ok {
			if d, ok := inner.(*Dict); ok {
				return d, nil
			}
		}
	}
	return d, nil
}

func (w *Weights) add(file string, d *Dict) error {
	for i := range d.Len() {
		k, v := d.At(i)
		name, ok := k.(string)
		t, ok2 := v.(*Tensor)
		switch {
		case !ok || !ok2:
			return fmt.Errorf("holds a %s under %s, want a state dict: tensors by name", kind(v), Show(k))
		case w.tensors[name].Tensor != nil:
			return fmt.Errorf("tensor %s is there twice", Show(name))
		}
		w.tensors[name] = named{t, file}
		w.names = append(w.names, name)
	}
	return nil
}

// Names lists the tensors in the order of the file.
func (w *Weights) Names() []string { return slices.Clone(w.names) }

// Tensor is the one of that name, if there is one.
func (w *Weights) Tensor(name string) (*Tensor, bool) {
	t, ok := w.tensors[name]
	return t.Tensor, ok
}

// Float32s reads a tensor of floats as float32. shape, unless left out, is what it has to have.
func (w *Weights) Float32s(name string, shape ...int) ([]float32, error) {
	t, ok := w.tensors[name]
	if !ok {
		return nil, fmt.Errorf("%s: no tensor %q among its %d", w.files[0].name, name, len(w.names))
	}
	if len(shape) > 0 && !slices.Equal(shape, t.Shape) {
		return nil, fmt.Errorf("%s: tensor %q has shape %v, want %v", t.file, name, t.Shape, shape)
	}
	x, err := t.Float32s()
	if err != nil {
		return nil, fmt.Errorf("%s: tensor %q: %w", t.file, name, err)
	}
	return x, nil
}

// Close ends the reading of tensors.
func (w *Weights) Close() error { return closeAll(w.files) }

func closeAll(files []*File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
