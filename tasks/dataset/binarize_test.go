package dataset

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

func jsonQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// manyRows writes a file of n rows a class and returns text → class. Texts hold what each format can carry.
func manyRows(ext, split string, counts []int) (content string, class map[string]int, order []string) {
	class = map[string]int{}
	var b strings.Builder
	for k, n := range counts {
		for i := range n {
			text := fmt.Sprintf(`"%s" class %d, row %d`, split, k, i)
			if ext == ".csv" || ext == ".jsonl" || ext == ".json" {
				text += "\nsecond \\ line \xff"
			}
			class[text] = k
			order = append(order, text)
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if ext == ".csv" {
		b.WriteString("stars,text,idx\n")
	}
	if ext == ".json" {
		b.WriteString("[")
	}
	for i, text := range order {
		k := class[text]
		switch ext {
		case ".tsv":
			fmt.Fprintf(&b, "%s\t%d\n", text, k)
		case ".csv":
			fmt.Fprintf(&b, "%d,\"%s\",%d\n", k, strings.ReplaceAll(text, `"`, `""`), i)
		default:
			if ext == ".json" && i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, "{\"stars\": %d, \"text\": %s, \"idx\": {}}\n", k, jsonQuote(text))
		}
	}
	if ext == ".json" {
		b.WriteString("]")
	}
	return b.String(), class, order
}

func TestBinarize(t *testing.T) {
	counts := map[string]map[int][]int{ // task's labels → split → rows by class
		"tweet_eval": {0: {40, 25, 30}, 1: {7, 20, 5}, 2: {3, 3, 9}},
		"hate":       {0: {5, 40, 25, 30}, 1: {2, 7, 20, 5}, 2: {1, 3, 3, 9}},
	}
	splits := []string{"train", "val", "test"}
	for _, task := range []string{"tweet_eval", "hate"} {
		polar := len(counts[task][0]) - 3 // index of negative
		for _, ext := range []string{".tsv", ".csv", ".jsonl", ".json", ".tsv.gz", ".csv.zst", ".jsonl.gz", ".json.zst", ".jsonl.zst"} {
			t.Run(task+ext, func(t *testing.T) {
				files, class, order := map[string]string{}, map[string]map[string]int{}, map[string][]string{}
				for i, s := range splits {
					var content string
					format, _, _ := strings.Cut(ext[1:], ".")
					content, class[s], order[s] = manyRows("."+format, s, counts[task][i])
					files[s+ext] = content
				}
				opt := Options{}
				if !strings.HasPrefix(ext, ".tsv") {
					opt.LabelColumn, opt.Columns = "stars", []string{"text"}
				}
				in, out := packtest.PackedDir(t, files), t.TempDir()
				res, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, task), DataPath: in, Out: out, Seed: 3, Options: opt})
				if err != nil {
					t.Fatal(err)
				}
				if want := []string{filepath.Join(out, task+"-pn"), filepath.Join(out, task+"-neu")}; cmp.Diff(want, res.Folders) != "" || len(res.Files) != 6 {
					t.Fatalf("%+v", res)
				}
				for _, half := range []string{"pn", "neu"} {
					dir := filepath.Join(out, task+"-"+half)
					checkDir(t, dir, splits, ext)
					d, err := Load(lookup(t, task+"-"+half), dir, 1, opt)
					if err != nil {
						t.Fatal(err)
					}
					own := loadFile(t, dir)
					if own.Task.Name != task+"-"+half || own.Test.Digest != d.Test.Digest || FormatWords(own.Task.Words) != "negative,positive" {
						t.Errorf("by its task file: %+v", own.Task)
					}
					for i, got := range d.Splits() {
						n := counts[task][i]
						want := min(n[polar], n[polar+2])
						if half == "neu" {
							want = min(n[polar+1], sum(n)-n[polar+1])
						}
						if c := got.Counts(2); c[0] != want || c[1] != want {
							t.Errorf("%s %s: %v rows, want %d each", half, splits[i], c, want)
						}
						checkRows(t, half, got.Examples, class[splits[i]], order[splits[i]], polar)
					}
				}
			})
		}
	}
}

func sum(n []int) (s int) {
	for _, v := range n {
		s += v
	}
	return s
}

// checkDir wants the splits' files and nothing else.
func checkDir(t *testing.T, dir string, splits []string, ext string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(splits)+1 { // and the task file
		t.Errorf("%s holds %v", dir, entries)
	}
	for _, s := range splits {
		if _, err := os.Stat(filepath.Join(dir, s+ext)); err != nil {
			t.Error(err)
		}
	}
}

// checkRows wants rows of the original, in its order, with the label that their class asks for.
func checkRows(t *testing.T, half string, got []Example, class map[string]int, order []string, negative int) {
	t.Helper()
	next := 0
	for _, e := range got {
		for next < len(order) && order[next] != e.Text {
			next++
		}
		if next == len(order) {
			t.Fatalf("%s: %q is not in the original after the row before", half, e.Text)
		}
		next++
		k := class[e.Text] - negative
		want := map[string]int{"pn": k / 2, "neu": 1 - (k&1 ^ 1)}[half]
		if half == "neu" && k < 0 {
			want = 0
		}
		if e.Label != want || half == "pn" && k != 0 && k != 2 {
			t.Fatalf("%s: %q of class %d has label %d", half, e.Text, class[e.Text], e.Label)
		}
	}
}

// loadFile loads a data set by its task file alone.
func loadFile(t *testing.T, dir string) *Data {
	t.Helper()
	task, err := Find("", dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Load(task, dir, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// One class against the rest, in another format, from the columns that the publisher has.
func TestBinarizePositive(t *testing.T) {
	var csv strings.Builder
	for i := range 40 {
		fmt.Fprintf(&csv, "%d,\"Title %d, no %d\",\"about \"\"%d\"\"\"\n", i%4+1, i%4, i, i)
	}
	in := packtest.PackedDir(t, map[string]string{"train.csv": csv.String(), "test.csv": csv.String()})
	for _, c := range []struct{ positive, name, words string }{
		{"Sports", "ag_news-Sports", "other,Sports"}, {"sci/tech", "ag_news-Sci_Tech", "other,Sci/Tech"}, {"0", "ag_news-World", "other,World"},
	} {
		for _, format := range append(rowio.Formats(), "csv.gz", "jsonl.zst", "") {
			out := t.TempDir()
			res, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "ag_news"), DataPath: in, Out: out, Seed: 1, Positive: c.positive, Format: format})
			if err != nil {
				t.Fatalf("%s as %s: %v", c.positive, format, err)
			}
			if len(res.Tasks) != 1 || res.Tasks[0] != c.name || res.Folders[0] != filepath.Join(out, c.name) || len(res.Files) != 2 || res.Files[0].Rows != 20 {
				t.Errorf("%+v", res)
			}
			d := loadFile(t, res.Folders[0])
			if d.Task.Name != c.name || FormatWords(d.Task.Words) != c.words || d.Task.Pair() {
				t.Errorf("%s: %+v", format, d.Task)
			}
			class := slices.IndexFunc(lookup(t, "ag_news").Classes, func(s string) bool { return strings.EqualFold(s, strings.Split(c.words, ",")[1]) })
			for _, e := range d.Test.Examples {
				if is := strings.Contains(e.Text, fmt.Sprintf("Title %d, no ", class)); is != (e.Label == 1) || !strings.Contains(e.Text, " about \"") {
					t.Errorf("%s: %q has label %d", format, e.Text, e.Label)
				}
			}
			if n := d.Test.Counts(2); n[0] != 10 || n[1] != 10 {
				t.Errorf("%s: %v rows", format, n)
			}
		}
	}
	for positive, want := range map[string]string{"Weather": `it has "World", "Sports", "Business", "Sci/Tech", or 0 to 3`, "4": "has no such class", "-1": "has no such class"} {
		_, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "ag_news"), DataPath: in, Out: t.TempDir(), Positive: positive})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", positive, err)
		}
	}
	if _, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "ag_news"), DataPath: in, Out: t.TempDir(), Positive: "0", Format: "xlsx"}); err == nil || !strings.Contains(err.Error(), `no format "xlsx"`) {
		t.Error(err)
	}
}

// What a step with the seed trains on, chooses by and judges by stays apart in the new tasks.
func TestBinarizeCut(t *testing.T) {
	content, _, _ := manyRows(".tsv", "train", []int{60, 50, 40})
	dir, out := packtest.PackedDir(t, map[string]string{"train.tsv": content}), t.TempDir()
	res, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "tweet_eval"), DataPath: dir, Out: out, Seed: 7, Cut: true})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Load(lookup(t, "tweet_eval"), dir, 7, Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]string{}
	for _, s := range whole.Splits() {
		for _, e := range s.Examples {
			in[e.Text] = s.Name
		}
	}
	for _, f := range res.Folders {
		checkDir(t, f, []string{"train", "dev", "test"}, ".tsv")
		for _, s := range loadFile(t, f).Splits() {
			for _, e := range s.Examples {
				if in[e.Text] != s.Name {
					t.Errorf("%q is in %s, and was in %s", e.Text, s.Name, in[e.Text])
				}
			}
		}
	}
}

// A task file's words and columns go on into the new tasks.
func TestBinarizeTaskFile(t *testing.T) {
	dir := packtest.PackedDir(t, map[string]string{
		"task.yaml": "name: moods\ntext: [q, a]\nlabel: mood\nlabels: {low: [bad, sad], mid: okay, high: good}\n",
		"train.csv": "mood,q,a\nlow,a,b\nmid,c,d\nhigh,e,f\nhigh,g,h\n",
	})
	task, err := Find("", dir)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if _, err := Binarize(t.Context(), BinarizeConfig{Task: task, DataPath: dir, Out: out, Seed: 1, Format: "jsonl"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "moods-pn", "task.yaml"))
	want := "# made by binarize from moods; 0: low, 1: high\nname: moods-pn\ntext: [q, a]\nlabel: mood\nlabels: 2\nwords: [[bad, sad], [good]]\n"
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestBinarizePairs(t *testing.T) {
	const tsv = "a\tb\t0\nc\td\t1\ne\tf\t2\ng\th\t1\n"
	dir := packtest.PackedDir(t, map[string]string{"train.tsv": "Premise\thypothesis\tlabel\n" + tsv, "dev.tsv": tsv, "test.tsv": "x\ty\t-1\n"})
	out := t.TempDir()
	res, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "mnli"), DataPath: dir, Out: out, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Files) != 4 || len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "test.tsv has no labels") {
		t.Errorf("%+v", res)
	}
	for name, want := range map[string]string{
		"mnli-pn/train.tsv": "Premise\thypothesis\tlabel\na\tb\t0\ne\tf\t1\n", "mnli-pn/dev.tsv": "a\tb\t0\ne\tf\t1\n",
		"mnli-neu/dev.tsv": "a\tb\t0\nc\td\t1\ne\tf\t0\ng\th\t1\n",
	} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
}

// The same seed leaves out the same rows, another seed others; a second run replaces the first.
func TestBinarizeSeed(t *testing.T) {
	content, _, _ := manyRows(".tsv", "train", []int{60, 40, 20})
	dir, out := packtest.PackedDir(t, map[string]string{"train.tsv": content}), t.TempDir()
	read := func(seed uint64) string {
		if _, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, "tweet_eval"), DataPath: dir, Out: out, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(out, "tweet_eval-pn", "train.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	one, two := read(1), read(2)
	if one != read(1) || one == two {
		t.Error("the seed does not decide which rows stay")
	}
}

func TestBinarizeErrors(t *testing.T) {
	three := func() string { return packtest.PackedDir(t, map[string]string{"train.tsv": "a\t0\nb\t1\nc\t2\n"}) }
	busy := t.TempDir()
	if err := os.MkdirAll(filepath.Join(busy, "tweet_eval-neu"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(busy, "tweet_eval-neu", "dev.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, task, in, out, want string
		usage                     bool
	}{
		{"two labels", "sst2", sst2Dir, t.TempDir(), "sst2 has two labels already", true},
		{"fourteen labels", "dbpedia", three(), t.TempDir(), "dbpedia has 14 labels", true},
		{"custom with two", Custom, sst2Dir, t.TempDir(), "custom has two labels already", true},
		{"no output", "tweet_eval", three(), "", "no output directory", true},
		{"output holds another data set", "tweet_eval", three(), busy, "already holds dev.csv", true},
		{"output is a file", "tweet_eval", three(), file, "tweet_eval-pn: ", false},
		{"no positive row", "tweet_eval", packtest.PackedDir(t, map[string]string{"train.tsv": "a\t0\nb\t1\n"}), t.TempDir(), "train.tsv: 1 row would have label 0 of NAME-pn and 0 label 1", false},
		{"no data", "tweet_eval", t.TempDir(), t.TempDir(), "no train, dev or test file", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := Binarize(t.Context(), BinarizeConfig{Task: lookup(t, c.task), DataPath: c.in, Out: c.out, Seed: 1})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if _, usage := errors.AsType[*UsageError](err); usage != c.usage {
				t.Errorf("%T", err)
			}
			if c.out != "" && c.out != busy && c.out != file {
				if left, err := os.ReadDir(c.out); err != nil || len(left) != 0 {
					t.Errorf("left behind: %v, %v", left, err)
				}
			}
		})
	}
}
