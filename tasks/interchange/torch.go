package interchange

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// toTorch writes one of our files as torch.save would: an array as a tensor, weights as a state dict, a JSON file as dicts, lists and numbers.
func toTorch(_ context.Context, cfg Config, r *Result) error {
	v, holds, err := ourValue(cfg.From)
	if err != nil {
		return err
	}
	if err := torchfile.Write(cfg.To, v); err != nil {
		return err
	}
	r.wrote(cfg.To, holds)
	return nil
}

func ourValue(path string) (v any, holds string, err error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case npy.Extension:
		t, err := arrayTensor(path)
		if err != nil {
			return nil, "", err
		}
		return t, fmt.Sprintf("a %s tensor of shape %v", t.DType, t.Shape), nil
	case ".safetensors":
		d, err := stateDict(path)
		if err != nil {
			return nil, "", err
		}
		return d, fmt.Sprintf("a state dict of %d tensors", d.Len()), nil
	case ".json":
		v, err := jsonValue(path)
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

// stateDict reads weights; halves become float32.
func stateDict(path string) (*torchfile.Dict, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := &torchfile.Dict{Ordered: true}
	for _, name := range f.Names() {
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
