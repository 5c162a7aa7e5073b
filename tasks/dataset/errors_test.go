package dataset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

const good = "good film\t1\nbad film\t0\n"

// Each thing that can be wrong with data: the message is one line and holds every part of want.
func TestBadData(t *testing.T) {
	const lines = `{"sentence":"a","label":1}` + "\n" + `{"sentence":"b","label":0}` + "\n"
	gz := string(packtest.Compress(t, ".gz", strings.Repeat("some words to compress\t1\nother words\t0\n", 5000)))
	zst := string(packtest.Compress(t, ".zst", strings.Repeat("some words to compress\t1\nother words\t0\n", 5000)))
	for _, c := range []struct {
		what  string
		task  string
		files map[string]string // raw: already compressed
		opt   Options
		want  []string
	}{
		{"empty directory", "sst2", nil, Options{}, []string{"no train, dev or test file", "it is empty", ".jsonl"}},
		{"other files only", "sst2", map[string]string{"sst2.tsv": good, "a": ""}, Options{}, []string{"it holds a, sst2.tsv", "name the files train"}},
		{"one split twice", "sst2", map[string]string{"train.tsv": good, "train.csv": "a,1"}, Options{}, []string{"train.csv and train.tsv are both the train split", "remove one"}},
		{"val and dev", "sst2", map[string]string{"val.tsv": good, "dev.tsv": good}, Options{}, []string{"dev.tsv and val.tsv are both the dev split"}},
		{"empty file", "sst2", map[string]string{"train.tsv": good, "dev.tsv": good, "test.tsv": ""}, Options{}, []string{"test.tsv: holds no rows"}},
		{"header only", "sst2", map[string]string{"train.csv": "sentence,label\n"}, Options{}, []string{"train.csv: holds no rows"}},
		{"text column twice", "custom", map[string]string{"train.csv": "text,text,label\na,b,1\nc,d,0\n"}, Options{}, []string{`train.csv: row 1: column "text": is there twice in the header`}},
		{"label column twice", "custom", map[string]string{"train.tsv": "text\tlabel\tlabel\na\t1\t0\nb\t0\t0\n"}, Options{}, []string{`column "label": is there twice`, "numbers from 1"}},
		{"empty array", "sst2", map[string]string{"train.json": "[]"}, Options{}, []string{"train.json: holds no rows"}},
		{"label too large", "sst2", map[string]string{"train.tsv": good, "dev.tsv": good, "test.tsv": good + "\nodd\t2\n"}, Options{},
			[]string{"test.tsv: row 4: column 2: label 2 is outside 0…1: sst2 has 2 labels"}},
		{"label below 0", "sst2", map[string]string{"train.tsv": "sentence\tlabel\n" + good + "odd\t-1\n"}, Options{}, []string{`row 4: column "label": label -1 is outside`}},
		{"label is a fraction", "sst2", map[string]string{"train.tsv": good + "odd\t0.5\n"}, Options{}, []string{`row 3: column 2: "0.5" is not an integer`}},
		{"name among integers", "sst2", map[string]string{"train.tsv": good + "odd\tgood\n"}, Options{}, []string{`row 3: column 2: "good" is not an integer`, "--labels"}},
		{"integer among names", "sst2", map[string]string{"train.tsv": "a\tpositive\nb\tnegative\nc\t1\n"}, Options{}, []string{`row 3: column 2: "1" is an integer where the labels before it are names`}},
		{"header taken for data", "sst2", map[string]string{"train.tsv": "review\tstars\n" + good}, Options{}, []string{`row 1: column 2: "stars" is not an integer`, "--header yes"}},
		{"header taken for a class", Custom, map[string]string{"train.tsv": "review\tstars\na\tgood\nb\tbad\nc\tgood\nd\tbad\n"}, Options{}, []string{`row 1: column 2: class "stars" occurs in this row only`, "--header yes"}},
		{"too many names", "sst2", map[string]string{"train.tsv": "a\tgood\nb\tbad\nc\tgood\nd\tbda\n"}, Options{}, []string{`row 4`, `"bda" is class number 3 of "bad", "bda", "good", but sst2 has 2 labels`}},
		{"name unknown", "sst2", map[string]string{"train.tsv": "a\tgood\nb\tbad\nc\tugly\n"}, Options{Labels: []string{"bad", "good"}}, []string{`row 3: column 2: "ugly" is none of the classes "bad", "good"`}},
		{"splits disagree", Custom, map[string]string{"train.tsv": "a\tgood\nb\tbad\n", "test.tsv": "a\tgood\nb\tbad\nc\tugly\n"}, Options{}, []string{`test.tsv: row 3: column 2: class "ugly" does not occur in train.tsv`}},
		{"splits disagree the other way", Custom, map[string]string{"train.tsv": "a\tgood\nb\tbad\nc\tugly\n", "test.tsv": "a\tgood\nb\tbad\n"}, Options{}, []string{`train.tsv: row 3: column 2: class "ugly" does not occur in test.tsv`}},
		{"one class name", Custom, map[string]string{"train.tsv": "a\tgood\nb\tgood\n"}, Options{}, []string{`row 1: column 2: every row has the class "good"`}},
		{"gap in custom labels", Custom, map[string]string{"train.tsv": "a\t0\nb\t4\n"}, Options{}, []string{"train.tsv: column 2: the labels 0, 4 are not 0, 1, …", "--labels"}},
		{"no label", "sst2", map[string]string{"train.tsv": good + "odd\t\n"}, Options{}, []string{"row 3: column 2: is empty, wanted is a label"}},
		{"all unlabelled", "sst2", map[string]string{"test.tsv": "a\t-1\nb\t-1\n"}, Options{}, []string{"every label is -1"}},
		{"too few cells", "sst2", map[string]string{"train.tsv": good + "no tab here\n"}, Options{}, []string{"train.tsv: row 3: has 1 cell where the first row has 2"}},
		{"too many cells", "sst2", map[string]string{"train.tsv": good + "a\tb\t1\n"}, Options{}, []string{"row 3: has 3 cells where the first row has 2", "separator"}},
		{"first row too wide", "sst2", map[string]string{"train.tsv": "7\ta\t1\n"}, Options{}, []string{"row 1: has 3 cells, wanted are sentence, label", "--columns"}},
		{"first row too narrow", "mnli", map[string]string{"train.tsv": "a\t1\n"}, Options{}, []string{"row 1: has 2 cells, wanted are premise, hypothesis, label"}},
		{"column missing in header", "sst2", map[string]string{"train.tsv": "text\tlabel\n" + good}, Options{}, []string{`row 1: column "sentence": is missing: there is "text", "label"`, "--columns"}},
		{"column number too large", "sst2", map[string]string{"train.tsv": good}, Options{Columns: []string{"3"}, LabelColumn: "2"}, []string{"column 3: is missing: the row has 2 cells"}},
		{"column name without header", "sst2", map[string]string{"train.tsv": good}, Options{Columns: []string{"review"}, LabelColumn: "stars"}, []string{`column "review": is not named`, `"good film", "1"`}},
		{"label column without columns", "sst2", map[string]string{"train.tsv": good}, Options{LabelColumn: "1"}, []string{"no header names the columns", "both --columns and --label_column"}},
		{"custom without known columns", Custom, map[string]string{"train.csv": "review,label\na,1\nb,0\n"}, Options{}, []string{"no text column known", `"review", "label"`}},
		{"JSON column missing later", "sst2", map[string]string{"train.jsonl": lines + `{"sentence":"c","lable":1}`}, Options{}, []string{`row 3: column "label": is missing: there is "lable", "sentence"`}},
		{"JSON text is a number", "sst2", map[string]string{"train.jsonl": lines + `{"sentence":3,"label":1}`}, Options{}, []string{`row 3: column "sentence": is a number, wanted is a string`}},
		{"JSON text is null", "sst2", map[string]string{"train.json": `[{"sentence":"a","label":1},{"sentence":null,"label":1}]`}, Options{}, []string{`row 2: column "sentence": is null`}},
		{"JSON label is an array", "sst2", map[string]string{"train.jsonl": lines + `{"sentence":"c","label":[1]}`}, Options{}, []string{`row 3: column "label": is an array or object, wanted is a label`}},
		{"JSON line cut off", "sst2", map[string]string{"train.jsonl": lines + `{"sentence":"c","la`}, Options{}, []string{"row 3: bad JSON", "unexpected end"}},
		{"JSON array cut off", "sst2", map[string]string{"train.json": `[{"sentence":"a","label":1},{"sentence":"b",`}, Options{}, []string{"row 2: the JSON ends in the middle"}},
		{"JSON array without end", "sst2", map[string]string{"train.json": `[{"sentence":"a","label":1}`}, Options{}, []string{"row 2: the JSON ends in the middle"}},
		{"JSON array with a tail", "sst2", map[string]string{"train.json": `[{"sentence":"a","label":1}] {}`}, Options{}, []string{"something stands after the array's end"}},
		{"JSON line is an array", "sst2", map[string]string{"train.jsonl": lines + `["c", 1]`}, Options{}, []string{"row 3: is not a JSON object", "one object a line"}},
		{"JSON printed over lines", "sst2", map[string]string{"train.json": "{\n \"sentence\": \"a\",\n \"label\": 1\n}\n"}, Options{}, []string{"row 1: bad JSON", "one object a line"}},
		{"JSON with NUL", "sst2", map[string]string{"train.jsonl": lines + `{"sentence":"a\u0000b","label":1}`}, Options{}, []string{`row 3: column "sentence": holds a NUL`}},
		{"CSV quote in a bare cell", "sst2", map[string]string{"train.csv": "a,1\n5\" disk,0\n"}, Options{}, []string{"row 2: a quotation mark inside a cell", ".tsv"}},
		{"CSV quote without end", "sst2", map[string]string{"train.csv": "a,1\n\"b\nc,0\n"}, Options{}, []string{"row 2: a quoted cell that does not end"}},
		{"CSV text after quote", "sst2", map[string]string{"train.csv": "a,1\n\"b\" c,0\n"}, Options{}, []string{"row 2: a quoted cell that does not end"}},
		{"NUL in TSV", "sst2", map[string]string{"train.tsv": good + "a\x00b\t1\n"}, Options{}, []string{"train.tsv: row 3: holds a NUL byte", "UTF-8"}},
		{"NUL in CSV", "sst2", map[string]string{"train.csv": "a,1\na\x00b,1\n"}, Options{}, []string{"train.csv: row 2: holds a NUL byte"}},
		{"UTF-16", "sst2", map[string]string{"train.tsv": "\xff\xfea\x00\t\x001\x00"}, Options{}, []string{"is UTF-16", "UTF-8"}},
		{"gzip without its ending", "sst2", map[string]string{"train.tsv": gz}, Options{}, []string{"compressed with gzip", "add .gz"}},
		{"zstd without its ending", "sst2", map[string]string{"train.tsv": zst}, Options{}, []string{"compressed with zstd", "add .zst"}},
		{"Parquet by another name", "sst2", map[string]string{"train.csv": "PAR1...."}, Options{}, []string{"is a Parquet file"}},
		{"not gzip", "sst2", map[string]string{"raw:train.tsv.gz": good}, Options{}, []string{"train.tsv.gz: is not a valid .gz file"}},
		{"not zstd", "sst2", map[string]string{"raw:train.tsv.zst": good}, Options{}, []string{"train.tsv.zst: truncated or damaged", "fetch it again"}},
		{"empty gzip", "sst2", map[string]string{"raw:train.tsv.gz": ""}, Options{}, []string{"train.tsv.gz: is not a valid .gz file"}},
		{"gzip cut off", "sst2", map[string]string{"raw:train.tsv.gz": gz[:len(gz)*2/3]}, Options{}, []string{"train.tsv.gz: truncated or damaged after row", "unexpected EOF"}},
		{"zstd cut off", "sst2", map[string]string{"raw:train.tsv.zst": zst[:len(zst)-3]}, Options{}, []string{"train.tsv.zst: truncated or damaged"}},
		{"gzip with a wrong sum", "sst2", map[string]string{"raw:train.jsonl.gz": gz[:len(gz)-8] + "\x00\x00\x00\x00" + gz[len(gz)-4:]}, Options{}, []string{"train.jsonl.gz"}},
		{"unpacks to too much", "sst2", map[string]string{"train.tsv.gz": strings.Repeat(good, 100)}, Options{MaxBytes: 1000}, []string{"train.tsv.gz: unpacks to more than 1000 bytes", "--max_bytes"}},
		{"unpacks to too much, zst", "sst2", map[string]string{"train.csv.zst": strings.Repeat("a,1\nb,0\n", 1000)}, Options{MaxBytes: 1000}, []string{"unpacks to more than 1000 bytes"}},
		{"a byte too large", "sst2", map[string]string{"train.tsv": good}, Options{MaxBytes: int64(len(good)) - 1}, []string{"unpacks to more than"}},
		{"one class", "sst2", map[string]string{"train.tsv": good, "dev.tsv": good, "test.tsv": "a\t1\nb\t1\n"}, Options{}, []string{"the test split has 2 rows, all with label 1", "at least two classes"}},
		{"too few rows to cut", "sst2", map[string]string{"train.tsv": good, "test.tsv": good}, Options{}, []string{"train.tsv: 2 rows, too few to be cut", "at least 5"}},
		{"too few rows for three", "ethos", map[string]string{"train.tsv": good}, Options{}, []string{"2 rows, too few", "at least 10"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			files := map[string]string{}
			for name, content := range c.files {
				if !strings.HasPrefix(name, "raw:") {
					files[name] = content
				}
			}
			dir := packtest.PackedDir(t, files)
			for name, content := range c.files {
				if raw, ok := strings.CutPrefix(name, "raw:"); ok {
					if err := os.WriteFile(filepath.Join(dir, raw), []byte(content), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			_, err := Load(lookup(t, c.task), dir, 1, c.opt)
			if err == nil {
				t.Fatal("no error")
			}
			fe, ok := errors.AsType[*FileError](err)
			if !ok {
				t.Fatalf("%T: %v", err, err)
			}
			if !strings.HasPrefix(fe.File, dir) {
				t.Errorf("file %q, want below %s", fe.File, dir)
			}
			msg := err.Error()
			for _, part := range c.want {
				if !strings.Contains(msg, part) {
					t.Errorf("%q lacks %q", msg, part)
				}
			}
			if strings.ContainsAny(msg, "\n\r") || strings.Contains(msg, "  ") {
				t.Errorf("not one clean line: %q", msg)
			}
		})
	}
}

func TestWrongCalls(t *testing.T) {
	dir := packtest.PackedDir(t, map[string]string{"train.tsv": strings.Repeat(good, 10)})
	five := packtest.PackedDir(t, map[string]string{"train.tsv": strings.Repeat("a\t0\nb\t1\nc\t2\n", 10)})
	for _, c := range []struct {
		what, task, path string
		opt              Options
		want             string
	}{
		{"no path", "sst2", "", Options{}, "--data_path"},
		{"a file", "sst2", filepath.Join(dir, "train.tsv"), Options{}, "train.tsv is a file: --data_path takes the directory"},
		{"three text columns", Custom, dir, Options{Columns: []string{"a", "b", "c"}}, "3 text columns"},
		{"header maybe", "sst2", dir, Options{Header: "maybe"}, `--header "maybe"`},
		{"names for another count", "sst2", dir, Options{Labels: []string{"a", "b", "c"}}, "gives 3 class names, but sst2 has 2 labels"},
		{"one name", Custom, dir, Options{Labels: []string{"a"}}, "two classes or more"},
		{"a name twice", "sst2", dir, Options{Labels: []string{"a", "A "}}, "twice"},
		{"keep one", "tweet_eval", five, Options{Keep: []int{1}}, "two or more different"},
		{"keep one twice", "tweet_eval", five, Options{Keep: []int{1, 1}}, "two or more different"},
		{"keep beyond", "tweet_eval", five, Options{Keep: []int{0, 3}}, "has classes 0…2"},
		{"keep three of two", "ag_news_s", five, Options{Keep: []int{0, 1, 2}}, "ag_news_s has 2"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := Load(lookup(t, c.task), c.path, 1, c.opt)
			if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%T %v, want a UsageError with %q", err, err, c.want)
			}
		})
	}
	_, err := Load(lookup(t, "sst2"), filepath.Join(dir, "none"), 1, Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no such directory") {
		t.Errorf("missing directory: %v", err)
	}
}

// A name that stands twice in a header is no obstacle to columns that go by their numbers.
func TestColumnTwiceByNumber(t *testing.T) {
	dir := t.TempDir()
	for _, split := range []string{"train", "dev", "test"} {
		if err := os.WriteFile(filepath.Join(dir, split+".csv"), []byte("text,text,label\na,b,1\nc,d,0\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Load(lookup(t, Custom), dir, 1, Options{Columns: []string{"2"}, LabelColumn: "3", Header: HeaderYes})
	if err != nil || d.Train.Len() != 2 || d.Train.Examples[0].Text != "b" || d.Train.Examples[1].Label != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}
