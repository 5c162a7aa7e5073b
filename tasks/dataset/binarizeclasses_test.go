package dataset

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// Where the files' metadata name the classes (testdata/datasets, written by Python's datasets), those of the new tasks name theirs, in the shape that
// Python gives them.
func TestBinarizeKeepsClassNames(t *testing.T) {
	const goldens = "../../testdata/datasets/"
	for _, c := range []struct{ from, format, positive, made, names string }{
		{"saved", "", "", "x-pn", "negative, positive"}, {"saved", "", "", "x-neu", "not neutral, neutral"}, {"saved", "parquet", "positive", "x-positive", "not positive, positive"},
		{"hub", "", "", "x-pn", "negative, positive"}, {"hub", "", "", "x-neu", "not neutral, neutral"}, {"hub", "arrow", "0", "x-negative", "not negative, negative"},
		{"jsonl", "parquet", "", "x-pn", ""}, {"jsonl", "arrow", "", "x-neu", ""}, // labels without names get none
	} {
		out := t.TempDir()
		task := lookup(t, Custom)
		task.Name = "x"
		if _, err := Binarize(t.Context(), BinarizeConfig{Task: task, DataPath: goldens + c.from, Out: out, Seed: 1, Positive: c.positive, Format: c.format}); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(out, c.made)
		sources, err := rowio.Find(dir)
		if err != nil || len(sources) != 3 {
			t.Fatal(sources, err)
		}
		for _, s := range sources {
			rows := 0
			err := s.Read(1<<20, func(r rowio.Row) error {
				rows++
				if got := strings.Join(r.Classes["label"], ", "); got != c.names {
					t.Errorf("%s as %q: %s names the classes %q, want %q", c.from, c.format, s.Path, got, c.names)
				}
				return nil
			})
			if err != nil || rows == 0 {
				t.Error(s.Path, rows, err)
			}
		}
		if d := loadFile(t, dir); strings.Join(d.Task.Classes, ", ") != c.names {
			t.Errorf("%s as %q: the classes are %q", c.from, c.format, d.Task.Classes)
		}
		info, err := os.ReadFile(filepath.Join(dir, "train", "dataset_info.json"))
		if err != nil || c.names == "" {
			continue
		}
		pythons, err := os.ReadFile(filepath.Join(goldens, "saved/train/dataset_info.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got, want struct{ Features map[string]map[string]any }
		for v, text := range map[any][]byte{&got: info, &want: pythons} {
			if err := json.Unmarshal(text, v); err != nil {
				t.Fatal(err)
			}
		}
		want.Features["label"]["names"] = []any{}
		for _, n := range strings.Split(c.names, ", ") {
			want.Features["label"]["names"] = append(want.Features["label"]["names"].([]any), n)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s as %q: features %s", c.from, c.format, diff)
		}
	}
}

// A class that is taken for negative, neutral or positive without being called so is said to be.
func TestBinarizeByIndex(t *testing.T) {
	four := "a\t0\nb\t1\nc\t2\nd\t3\n"
	three := "a\tx\t0\nb\tx\t1\nc\tx\t2\n"
	for _, c := range []struct {
		task, rows, positive string
		says                 []string
	}{
		{"ag_news", four, "", []string{"no class that is called neutral", "World for conflict, Sports for negative, Business for neutral, Sci/Tech for positive", "--positive World"}},
		{"ag_news", four, "Sports", nil},
		{"mnli", three, "", []string{"by index, as in the original, entailment for negative, neutral for neutral, contradiction for positive"}},
		{"tweet_eval", strings.ReplaceAll(three, "\tx", ""), "", nil},
	} {
		dir := packtest.PackedDir(t, map[string]string{"train.tsv": c.rows, "dev.tsv": c.rows, "test.tsv": c.rows})
		r, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, c.task), DataPath: dir, Out: t.TempDir(), Seed: 1, Positive: c.positive})
		if err != nil {
			t.Fatal(err)
		}
		if c.says == nil && r.ByIndex != "" || slices.ContainsFunc(c.says, func(s string) bool { return !strings.Contains(r.ByIndex, s) }) {
			t.Errorf("%s: %q, want %q", c.task, r.ByIndex, c.says)
		}
	}
}
