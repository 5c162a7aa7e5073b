package dataset

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const goldens = "../../testdata/datasets"

func goldenRows(t *testing.T) map[string][]Example {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldens, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e struct{ All map[string][]Example }
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e.All
}

// Every folder that Python wrote gives the same examples, as a registered task and as one that nothing is known of, and the same digests.
func TestPythonsFolders(t *testing.T) {
	want := goldenRows(t)
	digest := ""
	for _, folder := range []string{"saved", "saved-strings", "saved-dictionary", "saved-dictionary-text", "hub", "hub-converted", "parquet-zstd", "csv", "csv-crlf", "csv-bare", "csv-bom", "jsonl", "json", "packed"} {
		for _, task := range []string{"tweet_eval", Custom} {
			d := load(t, task, filepath.Join(goldens, folder), Options{})
			for i, split := range []string{"train", "validation", "test"} {
				got := d.Splits()[i]
				if !slices.EqualFunc(got.Examples, want[split], func(a, b Example) bool { return a.Text == b.Text && a.Label == b.Label }) {
					t.Errorf("%s as %s: %s has other rows", folder, task, split)
				}
			}
			if digest == "" {
				digest = d.Train.Digest
			}
			if d.Train.Digest != digest || d.Task.Labels != 3 {
				t.Errorf("%s as %s: digest %s, %d labels", folder, task, d.Train.Digest, d.Task.Labels)
			}
			named := task != Custom || slices.Contains([]string{"saved", "saved-strings", "saved-dictionary", "hub", "hub-converted"}, folder)
			if (d.Task.Classes != nil) != named {
				t.Errorf("%s as %s: classes %q", folder, task, d.Task.Classes)
			}
		}
	}
}

// Integers of every width, booleans and dictionaries are labels; texts may be large strings or views.
func TestTypedColumns(t *testing.T) {
	want := goldenRows(t)["train"]
	for _, folder := range []string{"parquet-types", "arrow-types"} {
		for _, label := range []string{"int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "category"} {
			d := load(t, Custom, filepath.Join(goldens, folder), Options{LabelColumn: label})
			if !slices.EqualFunc(d.Train.Examples, want, func(a, b Example) bool { return a.Text == b.Text && a.Label == b.Label }) {
				t.Errorf("%s: %s gives other rows", folder, label)
			}
		}
		d := load(t, Custom, filepath.Join(goldens, folder), Options{LabelColumn: "bool"})
		if !slices.EqualFunc(d.Train.Examples, want, func(a, b Example) bool { return a.Label == b.Label/2 }) || d.Task.Labels != 2 {
			t.Errorf("%s: booleans give other labels", folder)
		}
	}
}

// The names in the files' metadata decide what an integer means, in the order that the caller or the task gives them.
func TestClassLabels(t *testing.T) {
	dir, want := filepath.Join(goldens, "saved"), goldenRows(t)["train"]
	back := map[int]int{0: 1, 1: 2, 2: 0} // negative, neutral, positive → their index in positive, negative, neutral
	d := load(t, Custom, dir, Options{Labels: []string{"positive", "negative", "neutral"}})
	if !slices.EqualFunc(d.Train.Examples, want, func(a, b Example) bool { return a.Label == back[b.Label] }) {
	}
	d = load(t, Custom, dir, Options{Labels: []string{"bad", "so so", "good"}})
	if !slices.EqualFunc(d.Train.Examples, want, func(a, b Example) bool { return a.Label == b.Label }) || d.Task.Classes[1] != "so so" {
		t.Errorf("--labels with other names: classes %q", d.Task.Classes)
	}
	mnli := lookup(t, "tweet_eval")
	mnli.Classes = []string{"Positive", "Negative", "Neutral"}
	d, err := Load(mnli, dir, 1, Options{})
	if err != nil || !slices.EqualFunc(d.Train.Examples, want, func(a, b Example) bool { return a.Label == back[b.Label] }) || len(d.Notes) == 0 {
	}
	// A task whose classes are called by numbers takes the files' numbers for names, whatever the files call them.
	numbers := lookup(t, Custom)
	numbers.Exact, numbers.Labels, numbers.Classes = true, 3, []string{"2", "0", "1"}
	d, err = Load(numbers, dir, 1, Options{})
	if err != nil || !slices.EqualFunc(d.Train.Examples, want, func(a, b Example) bool { return a.Label == back[b.Label] }) {
		t.Errorf("classes called by numbers: %v", err)
	}
	_, err = Load(lookup(t, "sst2"), dir, 1, Options{Columns: []string{"text"}})
	if err == nil || !strings.Contains(err.Error(), "label 2 is outside 0…1") {
		t.Errorf("three classes for two: %v", err)
	}
}

func TestNulls(t *testing.T) {
	for dir, want := range map[string]string{
		"text-parquet":  `train.parquet: row 4: column "text": is null, wanted is a string`,
		"text-arrow":    `data-00000-of-00001.arrow: row 4: column "text": is null, wanted is a string`,
		"label-parquet": `train.parquet: row 4: column "label": is null, wanted is a label`,
		"label-arrow":   `data-00000-of-00001.arrow: row 4: column "label": is null, wanted is a label`,
	} {
		_, err := Load(lookup(t, Custom), filepath.Join(goldens, "nulls", dir), 1, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
	for column, want := range map[string]string{
		"time": `row 1: column "time": is of type TIMESTAMP(isAdjustedToUTC=false,unit=MICROS), wanted is a`,
		"list": `row 1: column "list": is of type list or struct, wanted is a`,
	} {
		for _, opt := range []Options{{Columns: []string{column}, LabelColumn: "int8"}, {LabelColumn: column}} {
			_, err := Load(lookup(t, Custom), filepath.Join(goldens, "parquet-types"), 1, opt)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", column, err, want)
			}
		}
	}
	if _, err := Load(lookup(t, Custom), filepath.Join(goldens, "parquet-types"), 1, Options{Columns: []string{"int8"}, LabelColumn: "int16"}); err == nil ||
		!strings.Contains(err.Error(), `train.parquet: row 1: column "int8": is a number, wanted is a string`) {
		t.Errorf("a number for a text: %v", err)
	}
}

// Binarize writes each format as it was read.
func TestBinarizeGoldens(t *testing.T) {
	for _, folder := range []string{"saved", "saved-dictionary", "hub", "tweeteval", "packed"} {
		out := t.TempDir()
		r, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "tweet_eval"), DataPath: filepath.Join(goldens, folder), Out: out, Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", folder, err)
			continue
		}
		for _, f := range r.Folders {
			d := load(t, filepath.Base(f), f, Options{})
			if d.Task.Labels != 2 || d.Train.Len() == 0 {
				t.Errorf("%s: %d labels, %d rows", f, d.Task.Labels, d.Train.Len())
			}
			ext := filepath.Ext(d.Files[0].Path)
			if want := map[string]string{"saved": "", "saved-dictionary": "", "hub": ".parquet", "tweeteval": ".txt", "packed": ".gz"}[folder]; ext != want {
				t.Errorf("%s: written as %s", folder, d.Files[0].Path)
			}
		}
	}
}
