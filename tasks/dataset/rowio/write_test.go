package rowio

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A file that cannot be finished keeps what was there: here the second of two cannot be written as TSV, as it could not
// be on a full disk.
func TestWriteAllOrNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	file := func(name, text string) Table {
		s, ok := parseName(name)
		if !ok {
			t.Fatal(name)
		}
		return Table{Source: s.Source, Columns: []Column{{Name: "1"}, {Name: "2"}}, Rows: Values([][]Cell{{{Text: text}, {Text: "1"}}})}
	}
	if err := Write(Folder{Path: dir, Tables: []Table{file("train.tsv", "old"), file("dev.tsv.gz", "old")}}); err != nil {
		t.Fatal(err)
	}
	err := Write(Folder{Path: dir, Tables: []Table{file("train.tsv", "new"), file("dev.tsv.gz", "a\tb")}})
	if err == nil || !strings.Contains(err.Error(), "dev.tsv.gz: cannot be written") || !strings.Contains(err.Error(), "a tab or a line end") {
		t.Errorf("error %v", err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "train.tsv"))
	if err != nil || string(got) != "old\t1\n" {
		t.Errorf("%q, %v", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// A folder that was not there is not there before its last row; one that was is refused while, and after, something is stopped between its old and new files, and is whole
// again once it is written again.
func TestWriteAtOnce(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "out")
	folder := func(text string, rows func()) Folder {
		f := Folder{Path: dir, Beside: "about.txt", Text: []byte(text)}
		for _, name := range []string{"dev.tsv", "train.tsv"} {
			s, _ := parseName(name)
			f.Tables = append(f.Tables, Table{Source: s.Source, Columns: []Column{{Name: "1"}, {Name: "2"}}, Rows: func(yield func([]Cell) error) error {
				rows()
				return yield([]Cell{{Text: text}, {Text: "1"}})
			}})
		}
		return f
	}
	holds := func() (all string) {
		for _, name := range []string{"about.txt", "dev.tsv", "train.tsv"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err.Error()
			}
			all += strings.Fields(string(b))[0] + " "
		}
		return all
	}
	err := Write(folder("old", func() {
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s is there before it is whole: %v", dir, err)
		}
	}))
	if err != nil || holds() != "old old old " {
		t.Fatal(err, holds())
	}
	old := filepath.Join(dir, "train.tsv")
	block := sync.OnceFunc(func() {
		if holds() != "old old old " {
			t.Errorf("replaced too early: %s", holds())
		}
		if err := os.RemoveAll(old); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(old, "full"), 0o777); err != nil { // what no file takes the place of: it stops there
			t.Fatal(err)
		}
	})
	err = Write(folder("new", block))
	if err == nil || !strings.Contains(err.Error(), dir+" cannot be written") {
		t.Fatalf("%v", err)
	}
	if err := os.RemoveAll(old); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, []byte("old\t1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if holds() != "new new old " {
		t.Fatalf("stopped elsewhere than between two files: %s", holds())
	}
	if _, err := Find(dir); err == nil || !strings.Contains(err.Error(), dir+": what wrote it was stopped") {
		t.Errorf("a mixture is read: %v", err)
	}
	if _, err := Find(root); err == nil || !strings.Contains(err.Error(), dir+": what wrote it was stopped") {
		t.Errorf("a mixture below is read: %v", err)
	}
	if err := Write(folder("again", func() {})); err != nil || holds() != "again again again " {
		t.Fatal(err, holds())
	}
	if _, err := Find(dir); err != nil {
		t.Error(err)
	}
}

// What a killed process leaves aside is no split.
func TestFindPassesHiddenFoldersBy(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"data", ".0123456789abcdef.tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, dir, "train.tsv"), []byte("a\t1\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := Find(root)
	if err != nil || len(sources) != 1 || sources[0].Path != filepath.Join(root, "data", "train.tsv") {
		t.Errorf("%v, %v", sources, err)
	}
}
