package rowio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// readAll reads every split of a directory: split → rows of texts.
func readAll(dir string) (map[string][][]string, error) {
	sources, err := Find(dir)
	if err != nil {
		return nil, err
	}
	out := map[string][][]string{}
	for _, s := range sources {
		var rows []Row
		if err := s.Read(1<<22, func(r Row) error {
			r.Cells = append([]Cell(nil), r.Cells...)
			rows = append(rows, r)
			return nil
		}); err != nil {
			return nil, err
		}
		out[s.Split] = texts(rows)
	}
	return out, nil
}

func TestShards(t *testing.T) {
	for _, dir := range []string{"", "data", "plain_text"} {
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"train-00001-of-00003.tsv.gz": "c\t1\n", "train-00000-of-00003.tsv.gz": "a\t1\nb\t0\n", "train-00002-of-00003-0af1.tsv.gz": "d\t0\n", "validation-00000-of-00001.tsv": "e\t1\n",
		} {
			if err := os.WriteFile(filepath.Join(root, dir, name), packtest.Compress(t, filepath.Ext(name), content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := readAll(root)
		want := map[string][][]string{"train": {{"a", "1"}, {"b", "0"}, {"c", "1"}, {"d", "0"}}, "dev": {{"e", "1"}}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("in %q (-want +got): %v\n%s", dir, err, diff)
		}
	}
}

// What is wrong about a folder's names is told before anything is read.
func TestBadFolders(t *testing.T) {
	for _, c := range []struct {
		what  string
		files []string
		want  string
	}{
		{"shard missing", []string{"train-00000-of-00003.tsv", "train-00002-of-00003.tsv"}, "shard 2 of 3 of train.tsv is missing; fetch train-00001-of-00003.tsv"},
		{"counts disagree", []string{"train-00000-of-00002.tsv", "train-00001-of-00003.tsv"}, "is one of 3 shards where train-00000-of-00002.tsv is one of 2"},
		{"shard twice", []string{"train-00000-of-00001-aa.tsv", "train-00000-of-00001.tsv"}, "is the same shard as train-00000-of-00001-aa.tsv"},
		{"shard beyond", []string{"train-00001-of-00001.tsv"}, "counts as shard 1, but of 1 shard the last is 0"},
		{"shards and a file", []string{"train-00000-of-00001.tsv", "train.tsv"}, "are both the train split"},
		{"two formats", []string{"train-00000-of-00001.jsonl", "train-00000-of-00001.csv"}, "are both the train split"},
		{"two configurations", []string{"a/train.tsv", "b/train.tsv", "c/readme"}, "holds several data sets: a, b; choose one: --data_path"},
		{"nothing below", []string{"a/readme"}, "no train, dev or test file: it holds a"},
	} {
		dir := t.TempDir()
		for _, f := range c.files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, f)), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, f), []byte("a\t1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Find(dir); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), dir) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}

// A task file may name a folder of save_to_disk, or shards in an order of its own.
func TestFromFiles(t *testing.T) {
	e := readExpected(t)
	s, err := FromFiles("dev", goldens, []string{"saved/validation"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := s.Read(1<<20, func(Row) error { n++; return nil }); err != nil || n != len(e.All["validation"]) || s.Split != "dev" || s.Format() != "arrow" {
		t.Errorf("%d rows of %s as %s: %v", n, s.Split, s.Format(), err)
	}
	for _, names := range [][]string{{"saved"}, {"saved/validation", "saved/test"}, {"none.csv"}, {"csv/train.csv", "json/train.json"}, {"README"}} {
		if _, err := FromFiles("train", goldens, names); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
}
