package rowio

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldens, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each thing that can be wrong with a folder or a binary file: the message is one line that begins with its file and says what to do.
func TestBroken(t *testing.T) {
	arrow, pq := string(golden(t, "saved-single/data-00000-of-00002.arrow")), string(golden(t, "parquet-zstd/train.parquet"))
	const state = `{"_data_files": [{"filename": "d.arrow"}], "_split": "train"}`
	for _, c := range []struct {
		what  string
		files map[string]string
		want  string
	}{
		{"shard missing", map[string]string{"state.json": state}, "d.arrow: is missing, but state.json names it"},
		{"no data files", map[string]string{"state.json": "{}"}, "state.json: names no _data_files"},
		{"state is no JSON", map[string]string{"state.json": "{"}, "state.json: bad JSON"},
		{"state of the wrong type", map[string]string{"state.json": `{"_data_files": 3}`}, "state.json: bad JSON"},
		{"indices", map[string]string{"state.json": `{"_data_files": [{"filename": "d.arrow"}], "_indices_data_files": [{"filename": "i.arrow"}]}`}, "flatten_indices()"},
		{"outside a folder below", map[string]string{"a/state.json": `{"_data_files": [{"filename": "../d.arrow"}]}`, "d.arrow": arrow}, `state.json: names a file outside its folder`},
		{"outside its folder", map[string]string{"state.json": `{"_data_files": [{"filename": "../d.arrow"}]}`}, `names a file outside its folder, "../d.arrow"`},
		{"split missing", map[string]string{"dataset_dict.json": `{"splits": ["train"]}`}, `lists the split "train", but there is no train/state.json`},
		{"dict is no JSON", map[string]string{"dataset_dict.json": `[`}, "dataset_dict.json: bad JSON"},
		{"saved and CSV", map[string]string{"train/state.json": state, "train/d.arrow": arrow, "train.csv": "a,1"}, "train and train.csv are both the train split"},
		{"Parquet and TweetEval", map[string]string{"train.parquet": pq, "train_text.txt": "a", "train_labels.txt": "1"}, "are both the train split"},
		{"Arrow empty", map[string]string{"state.json": state, "d.arrow": ""}, "d.arrow: is empty"},
		{"Arrow short", map[string]string{"state.json": state, "d.arrow": "\xff\xff\xff"}, "d.arrow: is not an Arrow stream"},
		{"Arrow file", map[string]string{"state.json": state, "d.arrow": "ARROW1\x00\x00" + arrow}, "not the stream that save_to_disk writes"},
		{"Arrow is Parquet", map[string]string{"state.json": state, "d.arrow": pq}, "d.arrow: is not an Arrow stream"},
		{"Arrow without end", map[string]string{"state.json": state, "d.arrow": arrow[:len(arrow)-8]}, "d.arrow: truncated or damaged after row 8"},
		{"Arrow half", map[string]string{"state.json": state, "d.arrow": arrow[:len(arrow)/2]}, "d.arrow: truncated or damaged"},
		{"Arrow of zeros", map[string]string{"state.json": state, "d.arrow": "\xff\xff\xff\xff\x10\x00\x00\x00" + strings.Repeat("\x00", 100)}, "truncated or damaged"},
		{"Parquet empty", map[string]string{"train.parquet": ""}, "train.parquet: is empty"},
		{"Parquet short", map[string]string{"train.parquet": "PAR1PAR1"}, "train.parquet: truncated or damaged"},
		{"Parquet half", map[string]string{"train.parquet": pq[:len(pq)/2]}, "train.parquet: truncated or damaged"},
		{"Parquet tail lost", map[string]string{"train.parquet": pq[:len(pq)-4]}, "no footer at its end"},
		{"Parquet is Arrow", map[string]string{"train.parquet": arrow}, "is not a Parquet file"},
		{"Parquet encrypted", map[string]string{"train.parquet": "PARE" + pq[4:]}, "is an encrypted Parquet file"},
		{"CSV is Arrow", map[string]string{"train.csv": arrow}, "train.csv: is an Arrow file"},
		{"CSV is Parquet", map[string]string{"train.csv": pq}, "end its name in .parquet"},
		{"labels missing", map[string]string{"train_text.txt": "a\nb\n"}, "train_text.txt: has no train_labels.txt beside it"},
		{"labels short", map[string]string{"train_text.txt": "a\nb\nc\n", "train_labels.txt": "1\n0\n"}, "train_text.txt: has 3 lines, but train_labels.txt has 2"},
		{"texts short", map[string]string{"train_text.txt": "a\n", "train_labels.txt": "1\n0\n0\n"}, "train_text.txt: has 1 line, but train_labels.txt has 3"},
		{"a directory in a file's place", map[string]string{"train.csv": "a,1\n", "dev.csv/part-0.csv": "a,1\n"}, "dev.csv: is a directory, wanted is a file"},
		{"labels no gzip", map[string]string{"train_text.txt": "a\n", "train_labels.txt.gz": "1\n0\n0\n"}, "train_labels.txt.gz: is not a valid .gz file"},
		{"labels with NUL", map[string]string{"train_text.txt": "a\n", "train_labels.txt": "\x00\n"}, "train_labels.txt: row 1: holds a NUL"},
		{"mapping", map[string]string{"train_text.txt": "a\n", "train_labels.txt": "1\n", "mapping.txt": "0\ta\n2\tb\n"}, `mapping.txt: row 2: "2\tb" is not class 1`},
	} {
		dir := packtest.Dir(t, c.files)
		_, err := readAll(dir)
		fe, ok := errors.AsType[*FileError](err)
		if !ok || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\r") || !strings.HasPrefix(err.Error(), dir) || fe.Remedy == "" {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}

// Blank lines at the end of one of TweetEval's files do not count.
func TestBlankTail(t *testing.T) {
	for _, files := range []map[string]string{
		{"train_text.txt": "a\n\nc", "train_labels.txt": "1\n0\n2\n\n"},
		{"train_text.txt.gz": string(packtest.Compress(t, ".gz", "a\n\nc\n\n  \n")), "train_labels.txt": "1\r\n0\r\n2\r\n"},
	} {
		got, err := readAll(packtest.Dir(t, files))
		if err != nil || len(got["train"]) != 3 || got["train"][1][1] != "0" || got["train"][1][0] != "" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// Every prefix of a file is an error, and none gives rows that are not there.
func TestEveryPrefix(t *testing.T) {
	for _, name := range []string{"saved-single/data-00000-of-00002.arrow", "saved-zstd/test/data-00000-of-00001.arrow", "saved-dictionary/test/data-00000-of-00001.arrow", "parquet-zstd/test.parquet", "parquet-gzip/test.parquet"} {
		b := golden(t, name)
		want, err := readBinary(name, b)
		if err != nil {
			t.Fatal(err)
		}
		for n := range b {
			rows, err := readBinary(name, b[:n])
			if _, ok := errors.AsType[*FileError](err); !ok {
				t.Fatalf("%s: %d of %d bytes: %d rows, %v", name, n, len(b), len(rows), err)
			}
			if !same(rows, want[:min(len(rows), len(want))]) {
				t.Fatalf("%s: %d of %d bytes give other rows", name, n, len(b))
			}
		}
	}
}

// A bit of every third byte turned is an error of ours or goes unnoticed, as neither format has checksums; it never panics and never takes memory without bound.
func TestBentBytes(t *testing.T) {
	for _, name := range []string{"saved-single/data-00001-of-00002.arrow", "saved-lz4/test/data-00000-of-00001.arrow", "parquet-zstd/test.parquet", "parquet-lz4/test.parquet", "hub/data/test-00000-of-00001.parquet"} {
		b := golden(t, name)
		for i := 0; i < len(b); i += 3 {
			bit := i % 8
			b[i] ^= 1 << bit
			_, err := readBinary(name, b)
			b[i] ^= 1 << bit
			if _, ok := errors.AsType[*FileError](err); err != nil && !ok {
				t.Fatalf("%s: bit %d of byte %d: %T %v", name, bit, i, err, err)
			}
		}
	}
}

func readBinary(name string, b []byte) (rows [][]Cell, err error) {
	keep := func(r Row) error {
		rows = append(rows, append([]Cell(nil), r.Cells...))
		return nil
	}
	if strings.HasSuffix(name, ".parquet") {
		return rows, parquetFile(bytes.NewReader(b), int64(len(b)), newBudget(1<<20), keep)
	}
	return rows, arrowStream(bytes.NewReader(b), int64(len(b)), newBudget(1<<20), keep)
}

func same(a, b [][]Cell) bool {
	for i := range a {
		for j := range a[i] {
			if a[i][j] != b[i][j] {
				return false
			}
		}
	}
	return len(a) == len(b)
}

// What a small file unpacks to is bounded: text repeated by a dictionary, and pages that compress well.
func TestBombs(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	table := Table{Source: Source{codec: plain}, Columns: []Column{{Name: "text", Kind: String}, {Name: "label", Kind: Number}}, Rows: func(yield func([]Cell) error) error {
		for i := range 16 {
			if err := yield([]Cell{{long, String}, {strconv.Itoa(i % 2), Number}}); err != nil {
				return err
			}
		}
		return nil
	}}
	type dictionary struct {
		Text  string `parquet:"text,dict,zstd"`
		Label int64  `parquet:"label"`
	}
	var dict, snappy bytes.Buffer
	w := parquet.NewGenericWriter[dictionary](&dict, parquet.DataPageStatistics(false), parquet.SkipPageBounds("text"))
	for i := range 16 {
		if _, err := w.Write([]dictionary{{long, int64(i % 2)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), writeParquet(&snappy, table)); err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{"a dictionary": dict.Bytes(), "snappy": snappy.Bytes()} {
		if len(b) > 3<<20 {
			t.Errorf("%s: %d bytes are no bomb", what, len(b))
		}
		n := 0
		err := parquetFile(bytes.NewReader(b), int64(len(b)), newBudget(2<<20), func(Row) error { n++; return nil })
		if err == nil || !strings.Contains(err.Error(), "unpacks to more than 2097152 bytes; raise --max_bytes") || n > 2 {
			t.Errorf("%s: %d rows, %v", what, n, err)
		}
		if err := parquetFile(bytes.NewReader(b), int64(len(b)), newBudget(1<<30), func(Row) error { return nil }); err != nil {
			t.Errorf("%s: under a cap that is large enough: %v", what, err)
		}
	}
	for _, as := range []string{"csv.gz", "jsonl.zst", "tsv.gz", "tweeteval.zst", "arrow"} {
		s, err := Source{name: "train"}.As(as)
		if err != nil {
			t.Fatal(err)
		}
		table.Source = s
		out := t.TempDir()
		if err := Write(Folder{Path: out, Tables: []Table{table}}); err != nil {
			t.Fatal(err)
		}
		sources, err := Find(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := sources[0].Read(2<<20, func(Row) error { return nil }); err == nil || !strings.Contains(err.Error(), "unpacks to more than 2097152 bytes; raise --max_bytes") {
			t.Errorf("%s: %v", as, err)
		}
	}
}
