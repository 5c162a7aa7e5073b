package rowio

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// readBytes reads a whole file's content as the format of the given ending.
func readBytes(t testing.TB, name string, content []byte) ([]Row, error) {
	t.Helper()
	s, ok := parseName(name)
	if !ok {
		t.Fatalf("%s is no split", name)
	}
	read := map[string]streamReader{"tsv": readTSV, "csv": readCSV, "json": readJSON, "jsonl": readJSON}[s.format.name]
	var out []Row
	err := read.from(bytes.NewReader(content), s.codec, newBudget(1<<22), func(r Row) error {
		out = append(out, r)
		return nil
	})
	return out, err
}

// checkRead holds for whatever the bytes are: rows are numbered upwards, no cell holds a NUL, and an error is ours, in
// one line.
func checkRead(t *testing.T, name string, content []byte) []Row {
	t.Helper()
	recs, err := readBytes(t, name, content)
	if err != nil {
		if _, ok := errors.AsType[*FileError](err); !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if strings.ContainsAny(err.Error(), "\n\r") {
			t.Fatalf("not one line: %q", err)
		}
		return nil
	}
	last := 0
	for _, r := range recs {
		if r.Number <= last || len(r.Cells) == 0 && len(r.Names) == 0 && !strings.Contains(name, ".json") {
			t.Fatalf("row %d after %d: %v", r.Number, last, r.Cells)
		}
		last = r.Number
		for _, c := range r.Cells {
			if strings.IndexByte(c.Text, 0) >= 0 {
				t.Fatalf("row %d holds a NUL", r.Number)
			}
		}
	}
	return recs
}

// texts are the rows' cells without kinds: what a second reading has to give again.
func texts(recs []Row) [][]string {
	var out [][]string
	for _, r := range recs {
		row := []string{}
		for _, c := range r.Cells {
			row = append(row, c.Text)
		}
		out = append(out, row)
	}
	return out
}

// roundTrip writes what was read and reads it again.
func roundTrip(t *testing.T, name string, recs []Row) {
	t.Helper()
	s, _ := parseName(name)
	for _, r := range recs {
		var b bytes.Buffer
		if err := writers[s.format.name].to(&b, tableOf(s.Source, r)); err != nil {
			t.Fatalf("%v: %v", r.Cells, err)
		}
		again, err := readBytes(t, name, b.Bytes())
		if err != nil {
			t.Fatalf("%v written as %q: %v", r.Cells, b.Bytes(), err)
		}
		if diff := cmp.Diff(texts([]Row{r}), texts(again)); diff != "" {
			t.Fatalf("written as %q (-first +again):\n%s", b.Bytes(), diff)
		}
	}
}

func FuzzTSV(f *testing.F) {
	for _, s := range []string{"a\t1\n", "\"a\t1\r\n\r\nb\t0", "\xef\xbb\xbfsentence\tlabel\n", "a\x00b", "\t\t\n\t"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		recs := checkRead(t, "train.tsv", content)
		for i, r := range recs {
			if strings.HasSuffix(r.Cells[len(r.Cells)-1].Text, "\r") || len(r.Cells) == 1 {
				continue // a label never ends so, and a row of one empty cell is a blank line
			}
			if i == 0 && strings.HasPrefix(r.Cells[0].Text, "\xef\xbb\xbf") {
				continue
			}
			if _, err := readBytes(t, "train.tsv", []byte(r.Cells[0].Text+"\t1")); err != nil {
				continue // begins like a compressed file
			}
			if !strings.HasPrefix(r.Cells[0].Text, "\xef\xbb\xbf") {
				roundTrip(t, "train.tsv", []Row{r})
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,1\n", "\"a \"\"b\"\"\nc\",1\r\n", "\"open,1", "a\"b,1", "\xef\xbb\xbfsentence,label\n\"x\",0", ",\n,", "\"\",\"\"\n\n1,2,3"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, r := range checkRead(t, "train.csv", content) {
			if len(r.Cells) == 1 || startsOdd(r.Cells[0].Text) {
				continue
			}
			roundTrip(t, "train.csv", []Row{r})
		}
	})
}

// startsOdd reports a first cell with which a file would be taken for something else.
func startsOdd(s string) bool {
	return checkHead(bufio.NewReader(strings.NewReader(s+",1"))) != nil || strings.HasPrefix(s, "\xef\xbb\xbf")
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"text":"a","label":1}` + "\n\n" + `{"label":false,"text":"\ud83d\ude42"}`, `[{"text":"a","label":1},{"text":null}]`, "[]", "{", `[{"a":"\u0000"}]`,
		"{\"a\":\"\xff\"}", `{"a":1e999,"b":{},"c":[1]}`, `{"a":"x"} {"b":1}`, "[1]", "null", `[{}`, `{"":""}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, r := range checkRead(t, "train.jsonl", content) {
			if len(r.Names) != len(r.Cells) {
				t.Fatalf("%d names, %d cells", len(r.Names), len(r.Cells))
			}
			ok := true
			for i, c := range r.Cells {
				// Names are cleaned by encoding/json; only values keep foreign bytes.
				ok = ok && (c.Kind == String || c.Kind == Number) && utf8.ValidString(r.Names[i])
			}
			if ok {
				roundTrip(t, "train.jsonl", []Row{r})
				roundTrip(t, "train.json", []Row{r})
			}
		}
	})
}

func FuzzGzip(f *testing.F) {
	whole := packtest.Compress(f, ".gz", "a\t1\nb\t0\n")
	f.Add(whole)
	f.Add(whole[:len(whole)-4])
	f.Add(append(bytes.Clone(whole), whole...))
	f.Fuzz(func(t *testing.T, content []byte) { checkRead(t, "train.tsv.gz", content) })
}

func FuzzZstd(f *testing.F) {
	whole := packtest.Compress(f, ".zst", "a\t1\nb\t0\n")
	f.Add(whole)
	f.Add(whole[:len(whole)-2])
	f.Add(append(bytes.Clone(whole), whole...))
	f.Fuzz(func(t *testing.T, content []byte) { checkRead(t, "train.csv.zst", content) })
}
