package rowio

import (
	"errors"
	"strings"
	"testing"
)

func TestUnquoteJSON(t *testing.T) {
	// want as Python's json.loads gives it, but for lone surrogates, which Python keeps and UTF-8 cannot.
	for lit, want := range map[string]string{
		`""`:                           "",
		`"a\"b\\c\/d"`:                 `a"b\c/d`,
		`"\b\f\n\r\t"`:                 "\b\f\n\r\t",
		`"\u00e9\u4e2D"`:               "é中",
		`"\ud83d\ude42!"`:              "🙂!",
		`"\ud83d"`:                     "\ufffd",
		`"\ud83dx"`:                    "\ufffdx",
		`"\ud83d\u0041"`:               "\ufffdA",
		`"\ude42\ud83d"`:               "\ufffd\ufffd",
		"\"raw \xc3\x28 and \xff\"":    "raw \xc3\x28 and \xff",
		`"\ud83d\n\ud83d\ud83d\ude42"`: "\ufffd\n\ufffd🙂",
	} {
		if got := string(unquoteJSON([]byte(lit))); got != want {
			t.Errorf("%s: %q, want %q", lit, got, want)
		}
		if back := string(unquoteJSON(appendJSONString(nil, want))); back != want {
			t.Errorf("%q written and read: %q", want, back)
		}
	}
}

// Lines longer than any buffer, with and without a line end.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("x y", 1<<17)
	for _, end := range []string{"\n", "\r\n", ""} {
		recs, err := readBytes(t, "train.tsv", []byte("a\t0\n"+long+"\t1\n"+long+long+"\t0"+end))
		if err != nil {
			t.Fatal(err)
		}
		if len(recs) != 3 || recs[1].Cells[0].Text != long || recs[2].Cells[0].Text != long+long || recs[2].Cells[1].Text != "0" || recs[2].Number != 3 {
			t.Errorf("line end %q: %d rows", end, len(recs))
		}
	}
}

// Names of files may hold what ends a line or commands a terminal; messages show it.
func TestErrorsAreOneVisibleLine(t *testing.T) {
	err := &FileError{File: "a\nb\r\x1b[2J\t'é'.tsv", Row: 3, Column: "x\x00", Problem: "is no\nlabel", Err: errors.New("two\nlines"), Remedy: "mend\tit"}
	if got, want := err.Error(), `a\nb\r\x1b[2J\t'é'.tsv: row 3: column x\x00: is no\nlabel: two lines; mend\tit`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
