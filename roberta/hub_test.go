package roberta

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/errtest"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta/hub"
	"github.com/skillneuron/skillneuron/roberta/hub/hubtest"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// tinyFiles are the files of the tiny backbone.
func tinyFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	tiny := golden.Tiny()
	names, err := fs.Glob(tiny, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if files[name], err = fs.ReadFile(tiny, name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// fakeHub is a hub with the given model as FacebookAI/roberta-base, the environment pointing to it, and options that download.
func fakeHub(t *testing.T, files map[string][]byte) (*hubtest.Server, SourceOptions) {
	t.Helper()
	fakeCache(t)
	for _, v := range []string{"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		t.Setenv(v, "")
	}
	t.Setenv("HF_TOKEN_PATH", filepath.Join(t.TempDir(), "none"))
	s := hubtest.New()
	t.Cleanup(s.Close)
	t.Setenv("HF_ENDPOINT", s.URL)
	s.Add("FacebookAI/roberta-base", files)
	c, err := hub.New()
	if err != nil {
		t.Fatal(err)
	}
	return s, SourceOptions{Hub: c}
}

// fetched lists the files that were asked for with GET.
func fetched(s *hubtest.Server) []string {
	names := map[string]bool{}
	for _, r := range s.Requests() {
		if method, rest, _ := strings.Cut(r, " "); method == "GET" {
			path, _, _ := strings.Cut(strings.TrimSpace(rest), "bytes=")
			names[filepath.Base(strings.TrimSpace(path))] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestDownload(t *testing.T) {
	files := tinyFiles(t)
	files["README.md"], files["tf_model.h5"], files["pytorch_model.bin"] = []byte("x"), []byte("x"), []byte("x")
	s, opt := fakeHub(t, files)
	src, err := OpenSource("roberta-base", opt)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetched(s); !slices.Equal(got, []string{"config.json", "merges.txt", "model.safetensors", "vocab.json"}) {
		t.Errorf("fetched %q, want what is needed and no more", got)
	}
	if !strings.HasPrefix(src.Name, "FacebookAI/roberta-base@") {
		t.Errorf("recorded as %s", src.Name)
	}
	be, err := kernels.Open("cpu", kernels.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(be, src, 1); err != nil {
		t.Errorf("what was downloaded does not load: %v", err)
	}
	for _, name := range []string{"roberta-base", "FacebookAI/roberta-base", "roberta-base@main", src.Name, "random:roberta-base"} {
		if _, err := OpenSource(name, opt); err != nil {
			t.Error(err)
		}
		if _, err := OpenSource(name, SourceOptions{}); err != nil { // also without a hub
			t.Error(err)
		}
	}
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("what the cache has is asked for again: %q", got)
	}
}

func TestDownloadVariants(t *testing.T) {
	tiny := tinyFiles(t)
	with := func(change func(map[string][]byte)) map[string][]byte {
		m := maps.Clone(tiny)
		change(m)
		return m
	}
	shard := `{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}`
	for _, tc := range []struct {
		name, open string
		files      map[string][]byte
		fetched    string
		says       []string
	}{
		{"tokenizer.json is enough", "roberta-base", with(func(m map[string][]byte) { m["tokenizer.json"] = []byte("{}") }),
			"config.json model.safetensors tokenizer.json", nil},
		{"shards", "roberta-base", with(func(m map[string][]byte) {
			delete(m, "model.safetensors")
			m["model.safetensors.index.json"] = []byte(shard)
			m["model-00001-of-00002.safetensors"], m["model-00002-of-00002.safetensors"] = []byte("1"), []byte("2")
		}), "config.json merges.txt model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json vocab.json", nil},
		{"a shard is missing", "roberta-base", with(func(m map[string][]byte) {
			delete(m, "model.safetensors")
			m["model.safetensors.index.json"] = []byte(shard)
		}), "", []string{"model-00001-of-00002.safetensors", "no such file"}},
		{"PyTorch's format alone", "roberta-base", with(func(m map[string][]byte) {
			delete(m, "model.safetensors")
			m["pytorch_model.bin"] = []byte("x")
		}), "config.json merges.txt pytorch_model.bin vocab.json", nil},
		{"shards of PyTorch's format", "roberta-base", with(func(m map[string][]byte) {
			delete(m, "model.safetensors")
			m["pytorch_model.bin.index.json"] = []byte(`{"weight_map": {"a": "a.bin", "b": "b.bin"}}`)
			m["a.bin"], m["b.bin"] = []byte("1"), []byte("2")
		}), "a.bin b.bin config.json merges.txt pytorch_model.bin.index.json vocab.json", nil},
		{"random", "random:roberta-base", tiny, "config.json merges.txt vocab.json", nil},
		{"another architecture", "roberta-base", with(func(m map[string][]byte) { m["config.json"] = []byte(`{"model_type": "bert"}`) }), "config.json",
			[]string{"FacebookAI/roberta-base cannot be used", "bert", "--backbone mini", "--backbone DIR"}},
		{"no model", "roberta-base", map[string][]byte{"README.md": nil}, "", []string{"config.json", "no model of transformers"}},
		{"no tokenizer", "roberta-base", with(func(m map[string][]byte) { delete(m, "merges.txt") }), "config.json vocab.json",
			[]string{"tokenizer.json", "no such file"}},
		{"unknown", "roberta-large", tiny, "", []string{"no model FacebookAI/roberta-large", "HF_TOKEN", "--backbone mini", "--backbone DIR"}},
	} {
		s, opt := fakeHub(t, tc.files)
		_, err := OpenSource(tc.open, opt)
		if tc.says != nil {
			errtest.Says(t, err, tc.says...)
		} else if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := strings.Join(fetched(s), " "); tc.fetched != "" && got != tc.fetched {
			t.Errorf("%s: fetched %s, want %s", tc.name, got, tc.fetched)
		}
	}
}

func TestOffline(t *testing.T) {
	s, opt := fakeHub(t, tinyFiles(t))
	for _, v := range []string{"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"} {
		t.Setenv(v, "1")
		_, err := OpenSource("roberta-base", opt)
		errtest.Says(t, err, v, "forbids", "--backbone mini", "--backbone DIR")
		t.Setenv(v, "0")
	}
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("asked for %q", got)
	}
	if _, err := OpenSource("roberta-base", opt); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HF_HUB_OFFLINE", "1")
	if _, err := OpenSource("roberta-base", opt); err != nil {
		t.Errorf("what is in the cache needs no network: %v", err)
	}
}

// A snapshot that another program began is completed, and an interrupt says that it can be.
func TestDownloadGoesOn(t *testing.T) {
	files := tinyFiles(t)
	s, opt := fakeHub(t, files)
	ctx, cancel := context.WithCancel(t.Context())
	opt.Context = ctx
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("Signature") == "" {
			return false
		}
		cancel()
		<-r.Context().Done()
		return true
	}
	_, err := OpenSource("roberta-base", opt)
	errtest.Says(t, err, "interrupted", "goes on from there")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	_, err = OpenSource("roberta-base", SourceOptions{})
	errtest.Says(t, err, "missing model.safetensors")
	s.Fault, opt.Context = nil, nil
	s.Requests()
	src, err := OpenSource("roberta-base", opt)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetched(s); !slices.Equal(got, []string{"model.safetensors"}) {
		t.Errorf("fetched %q", got)
	}
	data, err := fs.ReadFile(src.FS, safetensors.ModelFile)
	if err != nil || string(data) != string(files[safetensors.ModelFile]) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, err := os.Stat(filepath.Join(opt.Hub.Cache, "models--FacebookAI--roberta-base", "refs", "main")); err != nil {
		t.Error(err)
	}
}
