package rowio

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestWriteGoldens writes the golden rows in every format, as one folder of three splits, and reads them back.
func TestWriteGoldens(t *testing.T) {
	e := readExpected(t)
	for _, as := range []string{"tsv", "csv", "csv.gz", "jsonl.zst", "jsonl", "json", "json.gz", "tweeteval", "tweeteval.zst", "parquet", "arrow"} {
		t.Run(as, func(t *testing.T) {
			rows, columns := e.All, []Column{{Name: "text", Kind: String}, {Name: "label", Kind: Number, Classes: e.Names}}
			if strings.HasPrefix(as, "tsv") || strings.HasPrefix(as, "tweeteval") {
				rows = e.Lines
			}
			f := Folder{Path: filepath.Join(t.TempDir(), "out")}
			for _, split := range []string{"train", "validation", "test"} {
				s, err := Source{name: split}.As(as)
				if err != nil {
					t.Fatal(err)
				}
				var cells [][]Cell
				for _, r := range rows[split] {
					cells = append(cells, []Cell{{r.Text, String}, {strconv.Itoa(r.Label), Number}})
				}
				f.Tables = append(f.Tables, Table{Source: s, Columns: columns, Header: true, Rows: Values(cells)})
			}
			for range 2 { // the second time over the first
				if err := Write(f); err != nil {
					t.Fatal(err)
				}
			}
			header := strings.HasPrefix(as, "tsv") || strings.HasPrefix(as, "csv")
			checkGolden(t, f.Path, rows, header, func(r Row, want goldenRow) {
				if text, label := r.column(t, "text").Text, r.column(t, "label").Text; text != want.Text || label != strconv.Itoa(want.Label) {
					t.Errorf("row %d: %q, %q, want %+v", r.Number, text, label, want)
				}
				if named := as == "parquet" || as == "arrow" || strings.HasPrefix(as, "tweeteval"); named && len(r.Classes["label"]) != 3 {
					t.Errorf("classes %q", r.Classes)
				}
			})
			sources, err := Find(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sources {
				if s.Format() != as || s.FileIn(f.Path) != s.Path {
					t.Errorf("format %s in %s, want %s", s.Format(), s.Path, as)
				}
			}
		})
	}
}

// TestSameLayout writes each golden folder's splits as they were found: sources keep names, shards' names and directories.
func TestSameLayout(t *testing.T) {
	for folder, want := range map[string]string{
		"saved": "dataset_dict.json test/data-00000-of-00001.arrow test/dataset_info.json test/state.json train/data-00000-of-00001.arrow train/dataset_info.json" +
			" train/state.json validation/data-00000-of-00001.arrow validation/dataset_info.json validation/state.json",
		"saved-single":  "data-00000-of-00001.arrow dataset_info.json state.json",
		"hub":           "data/test-00000-of-00001.parquet data/train-00000-of-00001.parquet data/validation-00000-of-00001.parquet",
		"hub-converted": "test-00000-of-00001.parquet train-00000-of-00001.parquet validation-00000-of-00001.parquet",
		"packed":        "test.jsonl.gz train.jsonl.gz validation.jsonl.gz",
		"tweeteval":     "test_labels.txt test_text.txt train_labels.txt train_text.txt val_labels.txt val_text.txt",
	} {
		out := t.TempDir()
		sources, err := Find(filepath.Join(goldens, folder))
		if err != nil {
			t.Fatal(err)
		}
		f := Folder{Path: out}
		for _, s := range sources {
			f.Tables = append(f.Tables, Table{Source: s, Columns: []Column{{Name: "text"}, {Name: "label", Kind: Number}}, Rows: Values([][]Cell{{{Text: "a"}, {Text: "1"}}})})
		}
		if err := Write(f); err != nil {
			t.Fatal(err)
		}
		var files []string
		if err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(out, path)
				files = append(files, filepath.ToSlash(rel))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(files, " "); got != want {
			t.Errorf("%s: %s, want %s", folder, got, want)
		}
	}
}

// What a format cannot hold is an error, and nothing is left behind.
func TestCannotWrite(t *testing.T) {
	for _, c := range []struct {
		as, text, label string
		label2          Kind
		want            string
	}{
		{"tsv", "a\tb", "1", Number, "a tab or a line end"},
		{"tweeteval", "a\nb", "1", Number, "a tab or a line end"},
		{"tweeteval", "a\r", "1", Number, "ends in a line end"},
		{"arrow", "a", "one", Number, `column "label": "one" is not an integer`},
		{"arrow", "a", "2", Boolean, `column "label": "2" is not a boolean`},
		{"parquet", "a", "one", Number, `column "label": "one" is not an integer`},
		{"parquet", "a", "2", Boolean, `column "label": "2" is not a boolean`},
		{"parquet", "a", "2", Other, `column "label": no type is known`},
		{"arrow", "a", "2", Other, `column "label": no type is known`},
	} {
		s, err := Source{name: "train"}.As(c.as)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "a", "b")
		err = Write(Folder{Path: out, Tables: []Table{{Source: s, Columns: []Column{{Name: "text", Kind: String}, {Name: "label", Kind: c.label2}}, Rows: Values([][]Cell{{{Text: c.text}, {Text: c.label}}})}}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.as, c.text, err, c.want)
		}
		if _, err := os.Stat(filepath.Dir(out)); !os.IsNotExist(err) {
			t.Errorf("%s: something is left: %v", c.as, err)
		}
	}
	for _, as := range []string{"xml", "arrow.gz", "parquet.zst", ""} {
		if _, err := (Source{}).As(as); err == nil {
			t.Errorf("format %q: no error", as)
		}
	}
}
