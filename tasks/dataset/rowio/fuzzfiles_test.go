package rowio

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// addGoldens makes files of the goldens a fuzz target's corpus.
func addGoldens(f *testing.F, pattern string) {
	paths, err := filepath.Glob(filepath.Join(goldens, pattern))
	if err != nil || len(paths) == 0 {
		f.Fatal(pattern, err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// collect keeps what a reader yields, and checks what holds for whatever the bytes are: rows are counted, no text holds a NUL, and an error is ours, in one line.
func collect(t *testing.T, read func(yield func(Row) error) error) (rows []Row) {
	t.Helper()
	err := read(func(r Row) error {
		if r.Number != len(rows)+1 || len(r.Cells) != len(r.Names) {
			t.Fatalf("row %d after %d: %d cells, %d names", r.Number, len(rows), len(r.Cells), len(r.Names))
		}
		r.Cells = append([]Cell(nil), r.Cells...)
		for _, c := range r.Cells {
			if c.Kind == String && hasNUL(c.Text) {
				t.Fatalf("row %d holds a NUL", r.Number)
			}
		}
		rows = append(rows, r)
		return nil
	})
	if err == nil {
		return rows
	}
	if _, ok := errors.AsType[*FileError](err); !ok || strings.ContainsAny(err.Error(), "\n\r") {
		t.Fatalf("%T: %q", err, err)
	}
	return nil
}

// sameAgain writes rows of texts, integers and booleans, and reads them again.
func sameAgain(t *testing.T, rows []Row, write func(*bytes.Buffer, Table) error, read func([]byte) []Row) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	table := tableOf(Source{}, rows[0])
	var cells [][]Cell
	for _, r := range rows {
		for i, c := range r.Cells {
			if c.Kind != table.Columns[i].Kind || c.Kind == Null || c.Kind == Other {
				return
			}
			if _, err := c.integer(table.Columns[i]); c.Kind == Number && err != nil {
				return // a fraction
			}
		}
		cells = append(cells, r.Cells)
	}
	table.Rows = Values(cells)
	var b bytes.Buffer
	if err := write(&b, table); err != nil {
		t.Fatalf("%v: %v", cells, err)
	}
	if diff := cmp.Diff(texts(rows), texts(read(b.Bytes()))); diff != "" {
		t.Fatalf("(-first +again):\n%s", diff)
	}
}

func FuzzArrow(f *testing.F) {
	addGoldens(f, "saved*/test/*.arrow")
	addGoldens(f, "saved-single/*.arrow")
	addGoldens(f, "arrow-types/default/test/*.arrow")
	f.Fuzz(func(t *testing.T, content []byte) {
		read := func(b []byte) []Row {
			return collect(t, func(yield func(Row) error) error {
				return arrowStream(bytes.NewReader(b), int64(len(b)), newBudget(1<<20), yield)
			})
		}
		sameAgain(t, read(content), func(b *bytes.Buffer, table Table) error { return writeArrow(b, table) }, read)
	})
}

func FuzzParquet(f *testing.F) {
	addGoldens(f, "parquet-*/test.parquet")
	addGoldens(f, "hub/data/test*.parquet")
	f.Fuzz(func(t *testing.T, content []byte) {
		read := func(b []byte) []Row {
			return collect(t, func(yield func(Row) error) error {
				return parquetFile(bytes.NewReader(b), int64(len(b)), newBudget(1<<20), yield)
			})
		}
		sameAgain(t, read(content), func(b *bytes.Buffer, table Table) error { return writeParquet(b, table) }, read)
	})
}

func FuzzTweetEval(f *testing.F) {
	f.Add([]byte("a\nb\n"), []byte("0\n1\n"), []byte("0\tnegative\n1\tpositive\n"))
	f.Add([]byte("\n\nb\r\n\n\n"), []byte("0\r\n1\n2"), []byte("0\t❤\t_red_heart_\n"))
	f.Add([]byte("a"), []byte(""), []byte("1\tx"))
	f.Fuzz(func(t *testing.T, content, labels, names []byte) {
		read := func(content, labels []byte) []Row {
			return collect(t, func(yield func(Row) error) error {
				list, err := parseMapping(names)
				if err != nil {
					return err
				}
				p := tweetPair{labelsPath: "l", labels: lineReader{br: bufio.NewReaderSize(bytes.NewReader(labels), 16)}, classes: map[string][]string{"label": list}}
				return streamReader(p.read).from(bytes.NewReader(content), plain, newBudget(1<<20), yield)
			})
		}
		rows := read(content, labels)
		for i, r := range rows {
			if strings.HasSuffix(r.Cells[0].Text, "\r") || strings.HasSuffix(r.Cells[1].Text, "\r") || strings.Contains(r.Cells[0].Text+r.Cells[1].Text, "\t") ||
				i == 0 && startsOdd(r.Cells[0].Text) {
				return // what the writer refuses, or a reader takes for something else
			}
		}
		if len(rows) == 0 {
			return
		}
		var a, b bytes.Buffer
		table := tableOf(Source{codec: plain}, rows[0])
		table.Rows = func(yield func([]Cell) error) error {
			for _, r := range rows {
				if err := yield(r.Cells); err != nil {
					return err
				}
			}
			return nil
		}
		if err := writePair(&a, &b, table); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(texts(rows), texts(read(a.Bytes(), b.Bytes()))); diff != "" {
			t.Fatalf("(-first +again):\n%s", diff)
		}
	})
}

// FuzzSaved lays the files that describe a folder of save_to_disk beside a shard.
func FuzzSaved(f *testing.F) {
	f.Add(`{"_data_files": [{"filename": "a.arrow"}], "_split": "train[:10%]"}`, `{"splits": ["train", "test"]}`, true)
	f.Add(`{"_data_files": [{"filename": "../a.arrow"}], "_split": null}`, `{"splits": ["../train"]}`, false)
	f.Add(`{"_data_files": [], "_indices_data_files": [{}]}`, `{}`, true)
	shard, err := os.ReadFile(filepath.Join(goldens, "saved-single", "data-00000-of-00002.arrow"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, state, dict string, single bool) {
		files := map[string]string{"state.json": state, "a.arrow": string(shard)}
		if !single {
			files = map[string]string{"dataset_dict.json": dict, "train/state.json": state, "train/a.arrow": string(shard), "test/state.json": state}
		}
		dir := packtest.Dir(t, files)
		sources, err := Find(dir)
		for _, s := range sources {
			for _, p := range s.parts {
				if !strings.HasPrefix(p, dir) || strings.Contains(p, "..") {
					t.Fatalf("reads %s", p)
				}
			}
			if err == nil {
				err = s.Read(1<<20, func(Row) error { return nil })
			}
		}
		if _, ok := errors.AsType[*FileError](err); err != nil && (!ok || strings.ContainsAny(err.Error(), "\n\r")) {
			t.Fatalf("%T: %q", err, err)
		}
	})
}
