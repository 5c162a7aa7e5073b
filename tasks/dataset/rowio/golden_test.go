package rowio

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goldens = "../../../testdata/datasets"

// expected is what Python wrote, in every folder of the goldens.
type expected struct {
	Names []string               `json:"names"`
	All   map[string][]goldenRow `json:"all"`
	Lines map[string][]goldenRow `json:"lines"` // rows that a format of lines can hold
}

type goldenRow struct {
	Text  string `json:"text"`
	Label int    `json:"label"`
}

func readExpected(t testing.TB) (e expected) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldens, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// column finds a cell by name; without names texts come first.
func (r Row) column(t *testing.T, name string) Cell {
	t.Helper()
	if r.Names == nil {
		return r.Cells[map[string]int{"text": 0, "label": 1}[name]]
	}
	for i, n := range r.Names {
		if n == name {
			return r.Cells[i]
		}
	}
	t.Fatalf("no column %q in %q", name, r.Names)
	return Cell{}
}

// TestGoldens reads back, row for row, what Python's datasets and pyarrow wrote.
func TestGoldens(t *testing.T) {
	e := readExpected(t)
	class := func(i int) string { return strconv.Itoa(i) }
	name := func(i int) string { return e.Names[i] }
	for _, c := range []struct {
		folder      string
		text, label string
		is          func(int) string
		classes     bool
		rows        map[string][]goldenRow
		header      bool
		kind        Kind
	}{
		{"saved", "text", "label", class, true, e.All, false, Number},
		{"saved-single", "text", "label", class, true, map[string][]goldenRow{"train": e.All["train"]}, false, Number},
		{"saved-strings", "text", "label", name, false, e.All, false, String},
		{"saved-dictionary", "text", "label", name, false, e.All, false, String},
		{"saved-dictionary-text", "text", "label", class, false, e.All, false, Number},
		{"saved-lz4", "text", "label", class, false, e.All, false, Number},
		{"saved-zstd", "text", "label", class, false, e.All, false, Number},
		{"hub", "text", "label", class, true, e.All, false, Number},
		{"hub-converted", "text", "label", class, true, e.All, false, Number},
		{"parquet-zstd", "text", "label", class, false, e.All, false, Number},
		{"parquet-gzip", "text", "label", class, false, e.All, false, Number},
		{"parquet-lz4", "text", "label", class, false, e.All, false, Number},
		{"parquet-plain", "text", "label", class, false, e.All, false, Number},
		{"parquet-delta", "text", "label", class, false, e.All, false, Number},
		{"csv", "text", "label", class, false, e.All, true, Untyped},
		{"csv-crlf", "text", "label", class, false, e.All, true, Untyped},
		{"csv-bare", "text", "label", class, false, e.All, false, Untyped},
		{"csv-bom", "text", "label", class, false, e.All, true, Untyped},
		{"jsonl", "text", "label", class, false, e.All, false, Number},
		{"json", "text", "label", class, false, e.All, false, Number},
		{"packed", "text", "label", class, false, e.All, false, Number},
		{"tweeteval", "text", "label", class, true, e.Lines, false, Untyped},
		{"tsv", "text", "label", class, false, e.Lines, false, Untyped},
	} {
		t.Run(c.folder, func(t *testing.T) {
			checkGolden(t, filepath.Join(goldens, c.folder), c.rows, c.header, func(r Row, want goldenRow) {
				if got := r.column(t, c.text); got.Text != want.Text || got.Kind != String && got.Kind != Untyped {
					t.Errorf("%s: row %d: text %+q, want %q", r.File, r.Number, got, want.Text)
				}
				if got := r.column(t, c.label); got.Text != c.is(want.Label) || got.Kind != c.kind {
					t.Errorf("%s: row %d: label %+v, want %s", r.File, r.Number, got, c.is(want.Label))
				}
				var names []string
				if c.classes {
					names = e.Names
				}
				if diff := cmp.Diff(names, r.Classes["label"]); diff != "" {
					t.Errorf("%s: row %d: classes %s", r.File, r.Number, diff)
				}
			})
		})
	}
	for _, folder := range []string{"parquet-types", "arrow-types"} {
		t.Run(folder, func(t *testing.T) {
			checkGolden(t, filepath.Join(goldens, folder), e.All, false, func(r Row, want goldenRow) {
				for i, name := range r.Names {
					text, kind := class(want.Label), Number
					switch name {
					case "text", "view":
						text, kind = want.Text, String
					case "category":
						text, kind = e.Names[want.Label], String
					case "bool":
						text, kind = strconv.FormatBool(want.Label == 2), Boolean
					case "list", "time":
						text, kind = r.Cells[i].Text, Other
					}
					if got := r.Cells[i]; got != (Cell{text, kind}) {
						t.Errorf("%s: row %d: %s is %+q, want %q", r.File, r.Number, name, got, text)
					}
				}
				if want := map[string]int{"parquet-types": 15, "arrow-types": 17}[folder]; len(r.Names) != want {
					t.Errorf("columns %q, want %d", r.Names, want)
				}
			})
		})
	}
}

// checkGolden compares every row of a folder with what is expected there.
func checkGolden(t *testing.T, dir string, rows map[string][]goldenRow, header bool, check func(Row, goldenRow)) {
	t.Helper()
	sources, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range sources {
		split := s.Split
		if split == "dev" {
			split = "validation"
		}
		want := rows[split]
		found++
		n, skip := 0, header
		err := s.Read(1<<20, func(r Row) error {
			if skip {
				skip = false
				return nil
			}
			if n < len(want) {
				check(r, want[n])
			}
			n++
			return nil
		})
		if err != nil || n != len(want) {
			t.Errorf("%s: %d rows, want %d: %v", s.Path, n, len(want), err)
		}
	}
	if found != len(rows) {
		t.Errorf("%d splits, want %d", found, len(rows))
	}
}
