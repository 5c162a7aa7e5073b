package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// readBytes reads a whole file's content as the format of the given ending.
func readBytes(t testing.TB, name string, content []byte) ([]record, error) {
	t.Helper()
	s, ok := parseName(name)
	if !ok {
		t.Fatalf("%s is no split", name)
	}
	var out []record
	err := s.readFrom(bytes.NewReader(content), 1<<22, func(r record) error {
		out = append(out, r)
		return nil
	})
	return out, err
}

// checkRead holds for whatever the bytes are: rows are numbered upwards, no cell holds a NUL, and an error is ours, in
// one line.
func checkRead(t *testing.T, name string, content []byte) []record {
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
		if r.row <= last || len(r.cells) == 0 && len(r.names) == 0 && !strings.Contains(name, ".json") {
			t.Fatalf("row %d after %d: %v", r.row, last, r.cells)
		}
		last = r.row
		for _, c := range r.cells {
			if strings.IndexByte(c.text, 0) >= 0 {
				t.Fatalf("row %d holds a NUL", r.row)
			}
		}
	}
	return recs
}

// texts are the rows' cells without kinds: what a second reading has to give again.
func texts(recs []record) [][]string {
	var out [][]string
	for _, r := range recs {
		row := []string{}
		for _, c := range r.cells {
			row = append(row, c.text)
		}
		out = append(out, row)
	}
	return out
}

// roundTrip writes what was read and reads it again.
func roundTrip(t *testing.T, name string, recs []record) {
	t.Helper()
	s, _ := parseName(name)
	for _, r := range recs {
		var b bytes.Buffer
		if err := s.write(&b, r.names, false, [][]cell{r.cells}); err != nil {
			t.Fatalf("%v: %v", r.cells, err)
		}
		again, err := readBytes(t, name, b.Bytes())
		if err != nil {
			t.Fatalf("%v written as %q: %v", r.cells, b.Bytes(), err)
		}
		if diff := cmp.Diff(texts([]record{r}), texts(again)); diff != "" {
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
			if strings.HasSuffix(r.cells[len(r.cells)-1].text, "\r") || len(r.cells) == 1 {
				continue // a label never ends so, and a row of one empty cell is a blank line
			}
			if i == 0 && strings.HasPrefix(r.cells[0].text, "\xef\xbb\xbf") {
				continue
			}
			if _, err := readBytes(t, "train.tsv", []byte(r.cells[0].text+"\t1")); err != nil {
				continue // begins like a compressed file
			}
			if !strings.HasPrefix(r.cells[0].text, "\xef\xbb\xbf") {
				roundTrip(t, "train.tsv", []record{r})
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
			if len(r.cells) == 1 || startsOdd(r.cells[0].text) {
				continue
			}
			roundTrip(t, "train.csv", []record{r})
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
			if len(r.names) != len(r.cells) {
				t.Fatalf("%d names, %d cells", len(r.names), len(r.cells))
			}
			ok := true
			for i, c := range r.cells {
				// Names are cleaned by encoding/json; only values keep foreign bytes.
				ok = ok && (c.kind == str || c.kind == number) && utf8.ValidString(r.names[i])
			}
			if ok {
				roundTrip(t, "train.jsonl", []record{r})
				roundTrip(t, "train.json", []record{r})
			}
		}
	})
}

func FuzzGzip(f *testing.F) {
	whole := compress(f, ".gz", "a\t1\nb\t0\n")
	f.Add(whole)
	f.Add(whole[:len(whole)-4])
	f.Add(append(bytes.Clone(whole), whole...))
	f.Fuzz(func(t *testing.T, content []byte) { checkRead(t, "train.tsv.gz", content) })
}

func FuzzZstd(f *testing.F) {
	whole := compress(f, ".zst", "a\t1\nb\t0\n")
	f.Add(whole)
	f.Add(whole[:len(whole)-2])
	f.Add(append(bytes.Clone(whole), whole...))
	f.Fuzz(func(t *testing.T, content []byte) { checkRead(t, "train.csv.zst", content) })
}

// FuzzLoad runs the whole way from a file to examples: whatever the bytes, either an error of ours or labels in range.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{tsvOf("train", 12), labelsTSV("good bad good bad good bad good bad bad bad"), labelsTSV("1 2 3 1 2 3 1 2 3 1"), "text\tlabel\na\t-1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		dir := dirOf(t, map[string]string{"train.tsv": content})
		for _, name := range []string{"sst2", "dbpedia_s", Custom} {
			d, err := Load(lookup(t, name), dir, 1, Options{})
			if err != nil {
				if _, ok := errors.AsType[*FileError](err); !ok || strings.ContainsAny(err.Error(), "\n\r") {
					t.Fatalf("%T: %q", err, err)
				}
				continue
			}
			for _, s := range d.Splits() {
				for _, e := range s.Examples {
					if e.Label < 0 || e.Label >= d.Task.Labels {
						t.Fatalf("%s: %+v of %d labels", name, e, d.Task.Labels)
					}
				}
			}
		}
	})
}
