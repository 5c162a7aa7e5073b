package rowio

import (
	"os"
	"path/filepath"
	"strings"
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
	if err := Write(Folder{dir, []Table{file("train.tsv", "old"), file("dev.tsv.gz", "old")}}); err != nil {
		t.Fatal(err)
	}
	err := Write(Folder{dir, []Table{file("train.tsv", "new"), file("dev.tsv.gz", "a\tb")}})
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
