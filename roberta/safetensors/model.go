package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// The names that Hugging Face gives to a model's weights.
const (
	ModelFile = "model.safetensors"
	IndexFile = "model.safetensors.index.json"
)

// Model is a model's weights, in one file or in several (shards) that an index lists.
type Model struct {
	shards []*File
	names  []string
	of     map[string]*File
}

// OpenModel opens the weights in a directory: model.safetensors, or else the shards that model.safetensors.index.json names.
func OpenModel(dir string) (*Model, error) {
	m, err := OpenModelFS(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return m, nil
}

// OpenModelFS is [OpenModel] at the root of fsys.
func OpenModelFS(fsys fs.FS) (*Model, error) {
	f, err := OpenFS(fsys, ModelFile)
	if err == nil {
		m := &Model{shards: []*File{f}, names: f.Names(), of: map[string]*File{}}
		for _, name := range m.names {
			m.of[name] = f
		}
		return m, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text, err := fs.ReadFile(fsys, IndexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(fsys)
	}
	if err != nil {
		return nil, err
	}
	shardOf, err := parseIndex(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IndexFile, err)
	}
	m := &Model{names: slices.Sorted(maps.Keys(shardOf)), of: map[string]*File{}}
	if err := m.openShards(fsys, shardOf); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// missing says what to do about a model in PyTorch's own format.
func missing(fsys fs.FS) error {
	const none = "neither " + ModelFile + " nor " + IndexFile + ": %w"
	if _, err := fs.Stat(fsys, "pytorch_model.bin"); err == nil {
		return fmt.Errorf(none+"; convert pytorch_model.bin with bin/convert --as ours", fs.ErrNotExist)
	}
	return fmt.Errorf(none, fs.ErrNotExist)
}

// Shards lists the files that an index names, sorted.
func Shards(index []byte) ([]string, error) {
	shardOf, err := parseIndex(index)
	if err != nil {
		return nil, err
	}
	return slices.Compact(slices.Sorted(maps.Values(shardOf))), nil
}

// parseIndex reads which shard holds which tensor.
func parseIndex(text []byte) (map[string]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, err
	}
	if len(index.WeightMap) == 0 {
		return nil, errors.New("no weight_map")
	}
	for _, name := range slices.Sorted(maps.Keys(index.WeightMap)) {
		shard := index.WeightMap[name]
		if !fs.ValidPath(shard) || strings.ContainsAny(shard, `\:`) || path.Base(shard) != shard || shard == "." {
			return nil, fmt.Errorf("tensor %q: %q is no name of a file beside the index", name, shard)
		}
	}
	return index.WeightMap, nil
}

func (m *Model) openShards(fsys fs.FS, shardOf map[string]string) (err error) {
	opened := map[string]*File{}
	for _, name := range m.names {
		shard := shardOf[name]
		f := opened[shard]
		if f == nil {
			f, err = OpenFS(fsys, shard)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s: shard %s is missing: it holds %q: %w", IndexFile, shard, name, fs.ErrNotExist)
			}
			if err != nil {
				return err
			}
			opened[shard] = f
			m.shards = append(m.shards, f)
		}
		if _, ok := f.Info(name); !ok {
			return fmt.Errorf("%s: no tensor %q in it, though %s says so", shard, name, IndexFile)
		}
		m.of[name] = f
	}
	return nil
}

// Names lists the tensors: in the order of their data in a single file, sorted in a sharded one.
func (m *Model) Names() []string { return slices.Clone(m.names) }

// Info describes the tensor of that name, if there is one.
func (m *Model) Info(name string) (Info, bool) {
	f := m.of[name]
	if f == nil {
		return Info{}, false
	}
	return f.Info(name)
}

// Float32s is [File.Float32s] in the tensor's shard.
func (m *Model) Float32s(name string, shape ...int) ([]float32, error) {
	f, err := m.file(name)
	if err != nil {
		return nil, err
	}
	return f.Float32s(name, shape...)
}

// ReadInto is [File.ReadInto] in the tensor's shard.
func (m *Model) ReadInto(dst []float32, name string) error {
	f, err := m.file(name)
	if err != nil {
		return err
	}
	return f.ReadInto(dst, name)
}

// file is the tensor's shard.
func (m *Model) file(name string) (*File, error) {
	if f := m.of[name]; f != nil {
		return f, nil
	}
	where := IndexFile
	if len(m.shards) == 1 {
		where = m.shards[0].name
	}
	return nil, fmt.Errorf("%s: no tensor %q among its %d", where, name, len(m.names))
}

// Close closes every file.
func (m *Model) Close() error {
	var errs []error
	for _, f := range m.shards {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
