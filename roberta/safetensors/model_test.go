package safetensors

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/internal/errtest"
)

// sharded writes a model of tensors a and b in one shard and c in another.
func sharded(t *testing.T, index string) string {
	t.Helper()
	dir := t.TempDir()
	one := func(name string, v float32) Tensor { return Tensor{Name: name, Shape: []int{1}, Data: []float32{v}} }
	if err := Write(filepath.Join(dir, "model-00001-of-00002.safetensors"), []Tensor{one("a", 1), one("b", 2)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "model-00002-of-00002.safetensors"), []Tensor{one("c", 3)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, IndexFile), []byte(index), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

const goodIndex = `{"metadata":{"total_size":12},"weight_map":{"c":"model-00002-of-00002.safetensors",
	"a":"model-00001-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}}`

func TestShardedModel(t *testing.T) {
	m, err := OpenModel(sharded(t, goodIndex))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := m.Names(); !slices.Equal(got, []string{"a", "b", "c"}) || len(m.shards) != 2 {
		t.Errorf("%q in %d shards", got, len(m.shards))
	}
	for i, name := range m.Names() {
		x, err := m.Float32s(name, 1)
		into := make([]float32, 1)
		if e := m.ReadInto(into, name); err != nil || e != nil || x[0] != float32(i+1) || into[0] != x[0] {
			t.Errorf("%s: %v, %v, %v, %v", name, x, into, err, e)
		}
		if info, ok := m.Info(name); !ok || info.Name != name {
			t.Errorf("%v, %v", info, ok)
		}
	}
	_, err = m.Float32s("d")
	errtest.Says(t, err, IndexFile, `no tensor "d"`)
	errtest.Says(t, m.ReadInto(nil, "d"), `no tensor "d"`)
	_, err = m.Float32s("c", 2)
	errtest.Says(t, err, "model-00002-of-00002.safetensors", `tensor "c"`, "[1]", "[2]")
	if _, ok := m.Info("d"); ok {
		t.Error("d is there")
	}
}

func TestSingleFileModel(t *testing.T) {
	dir := sharded(t, goodIndex)
	if err := Write(filepath.Join(dir, ModelFile), []Tensor{{Name: "z", Data: []float32{1}}, {Name: "y", Data: []float32{2}}}, nil); err != nil {
		t.Fatal(err)
	}
	m, err := OpenModelFS(os.DirFS(dir)) // the single file goes before the shards, as in transformers
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := m.Names(); !slices.Equal(got, []string{"y", "z"}) {
		t.Errorf("%q", got)
	}
	_, err = m.Float32s("a")
	errtest.Says(t, err, ModelFile, `no tensor "a"`)
	if err := os.Truncate(filepath.Join(dir, ModelFile), 20); err != nil {
		t.Fatal(err)
	}
	_, err = OpenModel(dir)
	errtest.Says(t, err, dir, ModelFile, "truncated?")
}

func TestBadModels(t *testing.T) {
	for _, c := range []struct {
		index string
		want  []string
	}{
		{`{"weight_map":{"a":"model-00001-of-00002.safetensors","x":"model-3.safetensors"}}`, []string{IndexFile, "model-3.safetensors is missing", `"x"`}},
		{`{"weight_map":{"a":"model-00001-of-00002.safetensors","x":"model-00001-of-00002.safetensors"}}`, []string{"model-00001-of-00002.safetensors", `no tensor "x"`}},
		{`{"weight_map":{"a":"../model.safetensors"}}`, []string{IndexFile, `"a"`, "no name of a file"}},
		{`{"weight_map":{"a":"/etc/passwd"}}`, []string{IndexFile, `"a"`, "no name of a file"}},
		{`{"weight_map":{"a":"b/c"}}`, []string{IndexFile, `"a"`, "no name of a file"}},
		{`{"weight_map":{}}`, []string{IndexFile, "no weight_map"}},
		{`{}`, []string{IndexFile, "no weight_map"}},
		{`{"weight_map":{"a":1}}`, []string{IndexFile, "weight_map"}},
		{`{"weight_map"`, []string{IndexFile}},
	} {
		_, err := OpenModel(sharded(t, c.index))
		errtest.Says(t, err, c.want...)
	}
}

func TestNoModel(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenModel(dir)
	errtest.Says(t, err, dir, ModelFile, IndexFile)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pytorch_model.bin"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = OpenModel(dir)
	errtest.Says(t, err, "pytorch_model.bin", "bin/convert --as ours")
}
