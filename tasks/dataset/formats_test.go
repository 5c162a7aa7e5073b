package dataset

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// The same four rows, written by hand in every format; nl is what the format can carry of a line end inside a text.
func TestFormats(t *testing.T) {
	rows := func(nl string) []Example {
		return []Example{
			{ID: 0, Text: `"quoted from the start, to here" and on`, Label: 1},
			{ID: 1, Text: "", Label: 0},
			{ID: 2, Text: "naïve \xff bytes" + nl + "日本 \\n 🙂", Label: 1},
			{ID: 3, Text: `ends with a quote"`, Label: 0},
		}
	}
	tsv := "\"quoted from the start, to here\" and on\t1\n\t0\nnaïve \xff bytes 日本 \\n 🙂\t1\nends with a quote\"\t0"
	csv := "\"\"\"quoted from the start, to here\"\" and on\",1\n,0\n\"naïve \xff bytes\n日本 \\n 🙂\",1\n\"ends with a quote\"\"\",0"
	jsonl := `{"sentence": "\"quoted from the start, to here\" and on", "label": 1, "idx": 7}
{"label": 0, "sentence": ""}

{"sentence": "na` + "\\u00efve \xff" + ` bytes\n日本 \\n \ud83d\ude42", "label": 1.0, "idx": [1, {"a": null}]}
{"idx": null, "sentence": "ends with a quote\"", "label": false}`
	array := `
 [{"sentence": "\"quoted from the start, to here\" and on", "label": true}, {"label": "0", "sentence": ""},
{"sentence": "na` + "\\u00efve \xff" + ` bytes\n日本 \\n \uD83D\uDE42", "label": 1},{"sentence": "ends with a quote\"", "label": 0}]
`
	crlf := "sentence\tlabel\r\n\"quoted from the start, to here\" and on\t1\r\n\t0\r\nnaïve \xff bytes 日本 \\n 🙂\t1\r\n\r\nends with a quote\"\t0\r\n"
	for _, c := range []struct {
		what, ext, content, nl string
		opt                    Options
	}{
		{"tsv", ".tsv", tsv, " ", Options{}},
		{"tsv with header", ".tsv", "sentence\tlabel\n" + tsv + "\n", " ", Options{}},
		{"tsv with header in capitals", ".tsv", "Sentence\tLABEL\n" + tsv + "\n", " ", Options{}},
		{"tsv with byte order mark and CRLF", ".tsv", "\ufeff" + crlf, " ", Options{}},
		{"tsv, columns by name", ".tsv", "class\treview\n1\t\"quoted from the start, to here\" and on\n0\t\n1\tnaïve \xff bytes 日本 \\n 🙂\n0\tends with a quote\"",
			" ", Options{Columns: []string{"review"}, LabelColumn: "class"}},
		{"tsv, columns by number", ".tsv", "x\t1\t\"quoted from the start, to here\" and on\nx\t0\t\nx\t1\tnaïve \xff bytes 日本 \\n 🙂\nx\t0\tends with a quote\"",
			" ", Options{Columns: []string{"3"}, LabelColumn: "2"}},
		{"csv", ".csv", csv, "\n", Options{}},
		{"csv with header", ".csv", "\"sentence\",label\n" + csv + "\n", "\n", Options{}},
		{"csv with byte order mark and quoted header", ".csv", "\ufeff\"sentence\",label\r\n" + csv + "\r\n", "\n", Options{}},
		{"csv with header of other names", ".csv", "review,stars\n" + csv, "\n", Options{Columns: []string{"review"}, LabelColumn: "stars"}},
		{"csv with header, columns by number", ".csv", "review,stars\n" + csv, "\n", Options{Columns: []string{"1"}, LabelColumn: "2", Header: HeaderYes}},
		{"csv without header", ".csv", csv, "\n", Options{Header: HeaderNo}},
		{"jsonl", ".jsonl", jsonl, "\n", Options{}},
		{"lines in json", ".json", jsonl, "\n", Options{}},
		{"array in json", ".json", array, "\n", Options{}},
		{"array in jsonl", ".jsonl", "\ufeff" + array, "\n", Options{}},
	} {
		for _, z := range []string{"", ".gz", ".zst"} {
			t.Run(fmt.Sprintf("%s%s", c.what, z), func(t *testing.T) {
				dir := packtest.PackedDir(t, map[string]string{"train" + c.ext + z: c.content, "valid" + c.ext + z: c.content, "test" + c.ext + z: c.content, "README": "x"})
				d := load(t, "sst2", dir, c.opt)
				for _, s := range d.Splits() {
					if diff := cmp.Diff(rows(c.nl), s.Examples); diff != "" {
						t.Errorf("%s (-want +got):\n%s", s.Name, diff)
					}
				}
				if d.Train.Digest != d.Test.Digest || len(d.Train.Digest) != 64 {
					t.Errorf("digests %s, %s", d.Train.Digest, d.Test.Digest)
				}
			})
		}
	}
}

func TestPairs(t *testing.T) {
	want := []Example{{0, "it rains", "it is wet", 0}, {1, "it rains", "cats", 2}, {2, "a", "b", 1}}
	for name, content := range map[string]string{
		"train.tsv":   "it rains\tit is wet\t0\nit rains\tcats\t2\na\tb\t1\n",
		"train.csv":   "idx,hypothesis,label,premise\n0,it is wet,0,it rains\n1,cats,2,it rains\n2,b,1,a\n",
		"train.jsonl": `{"premise":"it rains","hypothesis":"it is wet","label":"entailment"}` + "\n" + `{"premise":"it rains","hypothesis":"cats","label":"Contradiction"}` + "\n" + `{"premise":"a","hypothesis":"b","label":"neutral"}`,
	} {
		for _, task := range []string{"mnli", Custom} {
			if task == Custom && name == "train.jsonl" {
				continue // sorted names: another order of the classes, see TestLabels
			}
			ext := name[len("train"):]
			d := load(t, task, packtest.PackedDir(t, map[string]string{name: content, "dev" + ext: content, "test" + ext: content}), Options{})
			if diff := cmp.Diff(want, d.Train.Examples); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", task, name, diff)
			}
			if !d.Task.Pair() || d.Task.Labels != 3 {
				t.Errorf("%s %s: columns %q, %d labels", task, name, d.Task.Columns, d.Task.Labels)
			}
		}
	}
}
