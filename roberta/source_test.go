package roberta

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/skillneuron/skillneuron/internal/errtest"
	"github.com/skillneuron/skillneuron/roberta/hub"
)

const (
	commitA = "11c5a3d5811f50298f278a704980280950aedb10"
	commitB = "e2da8e2f811d1448a5b465c236feacd80ffbac7b"
)

// fakeFiles writes files that hold their own names, which is all that finding a backbone looks at.
func fakeFiles(t *testing.T, dir string, names ...string) string {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// fakeCache makes an empty cache and lets the environment point to it, and to nothing else.
func fakeCache(t *testing.T) string {
	t.Helper()
	cache := t.TempDir()
	for _, v := range []string{"HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(v, "")
	}
	t.Setenv("HF_HUB_CACHE", cache)
	t.Chdir(t.TempDir())
	return cache
}

// addModel puts a snapshot into the cache as Hugging Face's tools do: links to blobs, and a ref if one is given.
func addModel(t *testing.T, cache, folder, commit, ref string, names ...string) {
	t.Helper()
	repo := filepath.Join(cache, folder)
	snapshot := filepath.Join(repo, "snapshots", commit)
	if err := os.MkdirAll(snapshot, 0o777); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		blob := string(rune('a'+i)) + commit
		fakeFiles(t, filepath.Join(repo, "blobs"), blob)
		if err := os.Symlink(filepath.Join("..", "..", "blobs", blob), filepath.Join(snapshot, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	if ref != "" {
		fakeFiles(t, filepath.Join(repo, "refs"), ref)
		if err := os.WriteFile(filepath.Join(repo, "refs", filepath.FromSlash(ref)), []byte(commit), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

var complete = []string{"config.json", "model.safetensors", "tokenizer.json"}

// openTwice opens a source by name and by what is recorded of it.
func openTwice(t *testing.T, name string) *Source {
	t.Helper()
	s, err := OpenSource(name, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenSource(s.Name, SourceOptions{})
	if err != nil || again.Name != s.Name || again.Random != s.Random {
		t.Errorf("%s is recorded as %s, which opens %+v, %v", name, s.Name, again, err)
	}
	return s
}

func TestMiniSource(t *testing.T) {
	fakeCache(t)
	mini := fstest.MapFS{}
	for _, name := range complete {
		mini[name] = &fstest.MapFile{}
	}
	for name, random := range map[string]bool{"mini": false, "random:mini": true} {
		s, err := OpenSource(name, SourceOptions{Mini: mini})
		if err != nil || s.Name != name || s.Random != random || s.FS == nil {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		_, err = OpenSource(name, SourceOptions{})
		errtest.Says(t, err, `"`+name+`"`, "nomini", "--backbone DIR")
	}
	delete(mini, "tokenizer.json")
	_, err := OpenSource("mini", SourceOptions{Mini: mini})
	errtest.Says(t, err, "missing tokenizer.json")
}

func TestDirectorySource(t *testing.T) {
	fakeCache(t)
	dir := fakeFiles(t, t.TempDir(), complete...)
	if s := openTwice(t, dir); s.Name != dir || s.Random {
		t.Errorf("%+v", s)
	}
	t.Chdir(filepath.Dir(dir))
	relative := filepath.Base(dir)
	for _, name := range []string{relative, "./" + relative, relative + "/"} {
		s := openTwice(t, name)
		t.Chdir("/") // what is recorded opens from anywhere
		if again, err := OpenSource(s.Name, SourceOptions{}); err != nil || again.Name != s.Name {
			t.Errorf("%s from elsewhere: %v", s.Name, err)
		}
		t.Chdir(filepath.Dir(dir))
	}
	if s := openTwice(t, "random:"+relative); !s.Random || !strings.HasPrefix(s.Name, "random:"+string(filepath.Separator)) {
		t.Errorf("%+v", s)
	}
}

func TestDirectoryFiles(t *testing.T) {
	fakeCache(t)
	for _, c := range []struct {
		files         string
		random        bool
		missing, fine string
	}{
		{files: "", missing: "missing config.json; model.safetensors (or model.safetensors.index.json with its shards, or pytorch_model.bin); tokenizer.json (or vocab.json and merges.txt)"},
		{files: "config.json model.safetensors", missing: "missing tokenizer.json (or vocab.json and merges.txt)"},
		{files: "config.json model.safetensors vocab.json", missing: "missing merges.txt"},
		{files: "config.json model.safetensors merges.txt", missing: "missing vocab.json"},
		{files: "model.safetensors tokenizer.json", missing: "missing config.json"},
		{files: "config.json tokenizer.json", missing: "missing model.safetensors"},
		{files: "config.json tokenizer.json pytorch_model.bin"},
		{files: "config.json tokenizer.json pytorch_model.bin.index.json"},
		{files: "config.json tokenizer.json model.safetensors/x", missing: "missing model.safetensors"},
		{files: "config.json", random: true, missing: "missing tokenizer.json"},
		{files: "config.json model.safetensors.index.json tokenizer.json"},
		{files: "config.json model.safetensors vocab.json merges.txt"},
		{files: "config.json tokenizer.json", random: true},
	} {
		dir := fakeFiles(t, t.TempDir(), strings.Fields(c.files)...)
		name := dir
		if c.random {
			name = "random:" + dir
		}
		_, err := OpenSource(name, SourceOptions{})
		if c.missing == "" {
			if err != nil {
				t.Errorf("%s: %v", c.files, err)
			}
			continue
		}
		errtest.Says(t, err, dir, c.missing)
	}
}

func TestNamesThatAreNone(t *testing.T) {
	fakeCache(t)
	file := filepath.Join(fakeFiles(t, t.TempDir(), "f"), "f")
	for name, want := range map[string]string{
		"":                 "no name",
		"random:":          "no name",
		"random:random:x":  "twice",
		"./nowhere":        "no such directory",
		"/no/where":        "no such directory",
		"a/b/c":            "no such directory",
		file:               "is a file",
		"two words":        "neither a directory nor a name on the hub",
		"roberta-base@":    "neither a directory nor a name on the hub",
		"a/../b@main":      "no such directory",
		"roberta-base@a b": "neither",
	} {
		_, err := OpenSource(name, SourceOptions{})
		errtest.Says(t, err, want)
		if want != "twice" && want != "is a file" {
			errtest.Says(t, err, "--backbone mini", "--backbone DIR")
		}
	}
}

func TestHubModelUnderEitherName(t *testing.T) {
	for folder, recorded := range map[string]string{"models--FacebookAI--roberta-base": "FacebookAI/roberta-base", "models--roberta-base": "roberta-base"} {
		cache := fakeCache(t)
		addModel(t, cache, folder, commitA, "main", complete...)
		for _, name := range []string{"roberta-base", "FacebookAI/roberta-base", "roberta-base@main", "FacebookAI/roberta-base@" + commitA} {
			if s := openTwice(t, name); s.Name != recorded+"@"+commitA || s.Random {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if s := openTwice(t, "random:roberta-base"); s.Name != "random:"+recorded+"@"+commitA || !s.Random {
			t.Errorf("%+v", s)
		}
		for _, name := range []string{"somebody/roberta-base", "roberta-large", "base"} {
			_, err := OpenSource(name, SourceOptions{})
			errtest.Says(t, err, name, cache, "HF_HUB_CACHE", "models--", "hf download", "--backbone mini", "--backbone DIR")
		}
	}
}

func TestHubRevisions(t *testing.T) {
	cache := fakeCache(t)
	addModel(t, cache, "models--org--model", commitA, "refs/pr/1", complete...)
	s := openTwice(t, "org/model") // the only one needs no ref
	if s.Name != "org/model@"+commitA {
		t.Errorf("%+v", s)
	}
	addModel(t, cache, "models--org--model", commitB, "", complete...)
	_, err := OpenSource("org/model", SourceOptions{})
	errtest.Says(t, err, commitA, commitB, "@REVISION")
	addModel(t, cache, "models--org--model", commitB, "main", complete...)
	for name, commit := range map[string]string{"org/model": commitB, "org/model@main": commitB, "org/model@" + commitA: commitA, "org/model@refs/pr/1": commitA} {
		if s := openTwice(t, name); s.Name != "org/model@"+commit {
			t.Errorf("%s: %+v", name, s)
		}
	}
	_, err = OpenSource("org/model@v2", SourceOptions{})
	errtest.Says(t, err, "revision v2", commitA, commitB)
	_, err = OpenSource("org/model@a/../../../x", SourceOptions{})
	errtest.Says(t, err, "no revision")
	gone := strings.Repeat("0", 40)
	if err := os.WriteFile(filepath.Join(cache, "models--org--model", "refs", "v3"), []byte(gone), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = OpenSource("org/model@v3", SourceOptions{})
	errtest.Says(t, err, "revision v3", gone)
}

func TestHubModelIncomplete(t *testing.T) {
	cache := fakeCache(t)
	addModel(t, cache, "models--FacebookAI--roberta-base", commitA, "main", "config.json", "vocab.json", "merges.txt")
	_, err := OpenSource("roberta-base", SourceOptions{})
	errtest.Says(t, err, commitA, "missing model.safetensors", "hf download FacebookAI/roberta-base", "--backbone mini")
	openTwice(t, "random:roberta-base") // needs no weights

	addModel(t, cache, "models--roberta-base", commitB, "main", complete...)
	if s := openTwice(t, "roberta-base"); s.Name != "roberta-base@"+commitB {
		t.Errorf("%+v: the complete one under the old name is there", s)
	}
	if err := os.RemoveAll(filepath.Join(cache, "models--roberta-base", "blobs")); err != nil {
		t.Fatal(err)
	}
	_, err = OpenSource("roberta-base", SourceOptions{})
	errtest.Says(t, err, commitA, commitB, "missing config.json; model.safetensors")

	fakeFiles(t, filepath.Join(cache, "models--org--began"), "refs/main")
	_, err = OpenSource("org/began", SourceOptions{})
	errtest.Says(t, err, "the download did not end")
}

func TestCachePlaces(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	variables := []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"}
	for i, want := range []string{"/hub", "/old", "/home/hub", "/xdg/huggingface/hub", home + "/.cache/huggingface/hub"} {
		for k, v := range variables {
			value := ""
			if k >= i { // those that come later are set too, and do not count
				value = []string{"/hub", "/old", "/home", "/xdg"}[k]
			}
			t.Setenv(v, value)
		}
		if got, _, err := hub.CacheDir(); err != nil || got != filepath.FromSlash(want) {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	t.Setenv("HF_HOME", "~/models")
	if got, why, err := hub.CacheDir(); err != nil || got != filepath.Join(home, "models", "hub") || why != "HF_HOME" {
		t.Errorf("%s, %s, %v", got, why, err)
	}
}
