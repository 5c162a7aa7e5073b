package roberta

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/skillneuron/skillneuron/internal/errtest"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// torchTiny is the tiny backbone with its weights as torch.save writes state dicts: in one file, or every other tensor in a second one.
func torchTiny(t *testing.T, sharded bool) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range []string{"config.json", "vocab.json", "merges.txt"} {
		data, err := fs.ReadFile(golden.Tiny(), name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	m, err := safetensors.OpenModelFS(golden.Tiny())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	dicts := []*torchfile.Dict{{Ordered: true}, {Ordered: true}}
	for i, name := range m.Names() {
		info, _ := m.Info(name)
		x, err := m.Float32s(name)
		if err != nil {
			t.Fatal(err)
		}
		w, err := torchfile.New(info.Shape, x)
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		if sharded {
			k = i % 2
		}
		if err := dicts[k].Set(name, w); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string, d *torchfile.Dict) {
		var b bytes.Buffer
		if err := torchfile.Encode(&b, d); err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	if !sharded {
		put(torchfile.ModelFile, dicts[0])
		return fsys
	}
	put("pytorch_model-00001-of-00002.bin", dicts[0])
	put("pytorch_model-00002-of-00002.bin", dicts[1])
	fsys[torchfile.IndexFile] = &fstest.MapFile{Data: []byte(
		`{"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}`)}
	return fsys
}

// A backbone in PyTorch's format is the same as in safetensors, bit for bit.
func TestLoadTorch(t *testing.T) {
	be, err := kernels.Open("cpu", kernels.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load(be, &Source{FS: golden.Tiny(), Name: "tiny"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, sharded := range []bool{false, true} {
		got, err := Load(be, &Source{FS: torchTiny(t, sharded), Name: "torch"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range want.Params() {
			if !slices.Equal(p.Floats(be), got.Params()[i].Floats(be)) {
				t.Errorf("sharded %v: %s differs", sharded, p.Name)
			}
		}
	}
	fsys := torchTiny(t, false)
	fsys[torchfile.ModelFile].Data = fsys[torchfile.ModelFile].Data[:5000]
	_, err = Load(be, &Source{FS: fsys, Name: "torch"}, 1)
	errtest.Says(t, err, "torch", torchfile.ModelFile, "download it again")
	fsys[torchfile.ModelFile].Data = []byte("\x80\x02cposix\nsystem\n.")
	_, err = Load(be, &Source{FS: fsys, Name: "torch"}, 1)
	errtest.Says(t, err, torchfile.ModelFile, `"posix.system"`, "nothing of it was run")
}
