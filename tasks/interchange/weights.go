package interchange

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
)

// weights are named tensors, of a safetensors file or of a state dict that torch.save wrote.
type weights struct {
	path  string
	file  *safetensors.File
	torch *torchfile.Weights
}

// openWeights opens the first of the named files that dir holds.
func openWeights(dir string, names ...string) (*weights, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		w := &weights{path: path}
		return w, w.open()
	}
	return nil, fmt.Errorf("%s holds none of %s: want the folder that was saved", dir, strings.Join(names, ", "))
}

func (w *weights) open() (err error) {
	if torchfile.Is(w.path) {
		w.torch, err = torchfile.OpenWeights(w.path)
	} else {
		w.file, err = safetensors.Open(w.path)
	}
	return err
}

// Close ends the reading.
func (w *weights) Close() {
	if w.file != nil {
		w.file.Close()
	}
	if w.torch != nil {
		w.torch.Close()
	}
}

// names lists the tensors, sorted.
func (w *weights) names() []string {
	if w.file != nil {
		return w.file.Names()
	}
	return slices.Sorted(slices.Values(w.torch.Names()))
}

// tensor reads one under another name.
func (w *weights) tensor(name, as string) (safetensors.Tensor, error) {
	out := safetensors.Tensor{Name: as}
	var x []float32
	var err error
	if w.file != nil {
		info, _ := w.file.Info(name)
		out.Shape = info.Shape
		x, err = w.file.Float32s(name)
	} else if t, ok := w.torch.Tensor(name); ok {
		out.Shape = t.Shape
		x, err = t.Float32s()
	} else {
		err = errors.New("is missing")
	}
	out.Data = x
	if err != nil {
		return out, fmt.Errorf("%s: tensor %q: %w", w.path, name, err)
	}
	return out, nil
}

// metadata is a safetensors file's.
func (w *weights) metadata(key string) string {
	if w.file == nil {
		return ""
	}
	return w.file.Metadata()[key]
}
