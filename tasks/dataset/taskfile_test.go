package dataset

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

const reviews = "id,headline,body,stars\n1,Loved it,all of it,5\n2,Hated it,all of it,1\n3,Loved it,twice,5\n4,Hated it,twice,1\n"

// threeCSV is a data set of the same rows in every split.
func threeCSV(content string, more map[string]string) map[string]string {
	files := map[string]string{"train.csv": content, "dev.csv": content, "test.csv": content}
	maps.Copy(files, more)
	return files
}

func TestTaskFile(t *testing.T) {
	for _, c := range []struct {
		what, file, content, data string
		texts, pairs              []string
		gold                      []int
		words                     string
	}{
		{"labels with words", "task.yaml", "text: body\nlabel: stars\nlabels: {1: terrible, 5: great}\n", reviews, []string{"all of it", "all of it", "twice", "twice"}, nil, []int{1, 0, 1, 0}, "terrible great"},
		{"labels in another order", "task.yml", "text: body\nlabel: stars\nlabels: [5, 1]\nwords: [great, terrible]\n", reviews, []string{"all of it", "all of it", "twice", "twice"}, nil, []int{0, 1, 0, 1}, "great terrible"},
		{"a pair", "task.yaml", "text: [headline, body]\nlabel: stars\nlabels:\n  1: bad\n  5: good\n", reviews, []string{"Loved it", "Hated it", "Loved it", "Hated it"}, []string{"all of it", "all of it", "twice", "twice"}, []int{1, 0, 1, 0}, "bad good"},
		{"joined", "task.yaml", "text: [headline, body]\nseparator: ' - '\nlabel: stars\nlabels: {1: bad, 5: good}\n", reviews, []string{"Loved it - all of it", "Hated it - all of it", "Loved it - twice", "Hated it - twice"}, nil, []int{1, 0, 1, 0}, "bad good"},
		{"three joined by nothing", "task.yaml", "text: [id, headline, body]\nseparator: ''\nlabel: stars\nlabels: {1: bad, 5: good}\n", reviews, []string{"1Loved itall of it", "2Hated itall of it", "3Loved ittwice", "4Hated ittwice"}, nil, []int{1, 0, 1, 0}, "bad good"},
		{"cut", "task.yaml", "text: body\ncut: ' of '\nlabel: stars\nlabels: {1: bad, 5: good}\n", strings.ReplaceAll(reviews, "twice", "two of both"), []string{"all", "all", "two", "two"}, []string{"it", "it", "both", "both"}, []int{1, 0, 1, 0}, "bad good"},
		{"numbers of columns, no header", "task.yaml", "text: 3\nlabel: 4\nheader: no\nlabels: {1: bad, 5: good}\n", strings.SplitN(reviews, "\n", 2)[1], []string{"all of it", "all of it", "twice", "twice"}, nil, []int{1, 0, 1, 0}, "bad good"},
		{"names that YAML has other ideas of", "task.yaml", "text: t\nlabels: {no: bad, yes: good, null: none}\nlabel: l\n", "t,l\na,yes\nb,no\nc,null\nd,no\n", []string{"a", "b", "c", "d"}, nil, []int{1, 0, 2, 0}, "bad good none"},
		{"JSON, with tabs and escapes", "task.json", "{\n\t\"text\": \"body\",\n\t\"label\": \"stars\",\n\t\"labels\": {\"1\": \"b\\u00e4d\", \"5\": \"g\\/d \\ud83d\\ude00\"}\n}\n", reviews, []string{"all of it", "all of it", "twice", "twice"}, nil, []int{1, 0, 1, 0}, "bäd g/d 😀"},
		{"several words a label", "task.yaml", "text: t\nlabel: l\nlabels: {x: [bad, awful], y: good}\n", "t,l\na,x\nb,y\n", []string{"a", "b"}, nil, []int{0, 1}, "bad|awful good"},
		{"words of their own", "task.yaml", "text: t\nlabel: l\nwords: [bad, [good, great]]\nlabels: [x, y]\n", "t,l\na,x\nb,y\n", []string{"a", "b"}, nil, []int{0, 1}, "bad good|great"},
		{"a number of labels", "task.yaml", "text: t\nlabel: l\nlabels: 3\n", "t,l\na,0\nb,2\nc,1\n", []string{"a", "b", "c"}, nil, []int{0, 2, 1}, "negative neutral positive"},
		{"names for integers from 1", "task.yaml", "text: t\nlabel: l\nlabels: [bad, good]\n", "t,l\na,1\nb,2\n", []string{"a", "b"}, nil, []int{0, 1}, "negative positive"},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := packtest.PackedDir(t, threeCSV(c.data, map[string]string{c.file: c.content}))
			task, err := Find("", dir)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Load(task, dir, 1, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var texts, pairs []string
			for _, e := range d.Test.Examples {
				texts = append(texts, e.Text)
				if d.Task.Pair() {
					pairs = append(pairs, e.Pair)
				}
			}
			if diff := cmp.Diff([][]string{c.texts, c.pairs}, [][]string{texts, pairs}); diff != "" {
				t.Error(diff)
			}
			if got := d.Test.Gold(); !slices.Equal(got, c.gold) {
				t.Errorf("labels %v, want %v", got, c.gold)
			}
			if got := strings.ReplaceAll(FormatWords(d.Task.Words), ",", " "); got != c.words || d.Task.Name != Custom {
				t.Errorf("words %q, want %q; name %s", got, c.words, d.Task.Name)
			}
		})
	}
}

func TestTaskFileErrors(t *testing.T) {
	for _, c := range []struct{ what, file, content, want string }{
		{"malformed", "task.yaml", "text: [a\nlabel: b\n", "task.yaml: row 1: bad YAML: "},
		{"tab", "task.yaml", "labels:\n\ta: b\n", "row 2: bad YAML: found character that cannot start any token"},
		{"empty", "task.yaml", "", "task.yaml: is empty; "},
		{"a comment only", "task.yaml", "# nothing\n", "is empty"},
		{"a list", "task.yaml", "- text\n", "row 1: is no list of fields such as text: sentence"},
		{"unknown field", "task.yaml", "text: a\nlable: b\n", `row 2: column "lable": is no field of a task; did you mean label`},
		{"twice", "task.yaml", "text: a\ntext: b\n", `row 2: column "text": stands twice`},
		{"a label twice", "task.yaml", "labels: {a: b, a: c}\n", `column "a": stands twice`},
		{"a label twice in another case", "task.yaml", "labels: [Good, good]\n", `column "labels": two classes are called "good"; case does not tell classes apart`},
		{"one label", "task.yaml", "labels: [a]\n", "a task has 2 to 256 classes"},
		{"a thousand labels", "task.yaml", "labels: 1000\n", "a task has 2 to 256 classes"},
		{"labels that are no list", "task.yaml", "labels: good\n", `"good" is no number of classes and no list of their names`},
		{"too few words", "task.yaml", "labels: [a, b, c]\nwords: [x, y]\n", `row 2: column "words": the number of words is not that of the classes`},
		{"an empty word", "task.yaml", "labels: {a: , b: y}\n", `column "labels": is empty`},
		{"three columns", "task.yaml", "text: [a, b, c]\n", `column "text": names more than two columns; a model takes one text or two; join them with separator: " "`},
		{"the label is a text", "task.yaml", "text: a\nlabel: a\n", `row 2: column "label": "a" is a text column`},
		{"a list for a word", "task.yaml", "label: [a, b]\n", `row 1: column "label": has several values where one is wanted`},
		{"a metric", "task.yaml", "score: f2\n", `"f2" is no metric; accuracy, matthews and acc_f1 are known`},
		{"words that are no list", "task.yaml", "words: good\n", `column "words": is no list of words`},
		{"a template without a mask", "task.yaml", "template: '{text} It was.'\n", `row 1: column "template": `},
		{"a header", "task.yaml", "header: maybe\n", `"maybe" is neither yes nor no`},
		{"a split", "task.yaml", "splits: {training: a.csv}\n", `"training" is no split; train, dev (or val, valid, validation) and test are`},
		{"a split twice", "task.yaml", "splits: {dev: a.csv, val: b.csv}\n", "the dev split stands twice"},
		{"another folder's file", "task.yaml", "splits: {train: ../a.csv}\n", `"../a.csv" is no file beside this one`},
		{"cut and separator", "task.yaml", "text: a\ncut: x\nseparator: y\n", `column "cut": stands beside separator`},
		{"an alias", "task.yaml", "text: &a b\nlabel: *a\n", "anchors and aliases are not taken"},
		{"two documents", "task.yaml", "text: a\n---\ntext: b\n", "holds a second YAML document"},
		{"the catalogue's field", "task.yaml", "of: mnli\n", `column "of": belongs to the catalogue`},
		{"a bad name", "task.yaml", "name: ../x\n", `a task cannot be called "../x"`},
		{"JSON cut short", "task.json", "{\n\"text\": ", "task.json: row 2: bad JSON: unexpected EOF"},
		{"JSON twice", "task.json", "{} {}", "something stands behind the object"},
		{"deep JSON", "task.json", strings.Repeat("[", 100000), "nested too deeply"},
		{"not UTF-8", "task.yaml", "text: \xff\xfe\n", "bad YAML"},
		{"large", "task.yaml", strings.Repeat("# x\n", 300000), "so it is no task file"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := Find("", packtest.PackedDir(t, map[string]string{c.file: c.content}))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
	both := packtest.PackedDir(t, map[string]string{"task.yaml": "text: a\n", "task.json": "{}"})
	if _, err := Find("", both); err == nil || !strings.Contains(err.Error(), "task.yaml and task.json both describe the task") {
		t.Error(err)
	}
}

func TestTaskFileLabelErrors(t *testing.T) {
	for _, c := range []struct{ content, data, want string }{
		{"label: stars\ntext: body\nlabels: {1: bad, 4: good}\n", reviews, `row 2: column "stars": "5" is none of the classes "1", "4"`},
		{"label: stars\ntext: body\nlabels: [bad, good]\n", reviews, `column "stars": label 5 is outside 0…1`},
		{"label: l\ntext: t\nlabels: [bad, good]\n", "t,l\na,bad\nb,fine\n", `row 3: column "l": "fine" is none of the classes "bad", "good"`},
		{"label: l\ntext: title\n", "t,l\na,bad\nb,fine\n", `column "title": is missing: there is "t", "l"`},
	} {
		dir := packtest.PackedDir(t, threeCSV(c.data, map[string]string{"task.yaml": c.content}))
		task, err := Find("", dir)
		if err == nil {
			_, err = Load(task, dir, 1, Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
}

// Files of any name become splits, several of them one.
func TestTaskFileSplits(t *testing.T) {
	head, rows := strings.Split(reviews, "\n")[0]+"\n", strings.SplitAfter(strings.TrimSpace(reviews)+"\n", "\n")[1:]
	spec := "text: body\nlabel: stars\nlabels: {1: bad, 5: good}\n"
	files := map[string]string{
		"2023.csv": head + rows[0] + rows[1], "2024.csv": head + rows[2] + rows[3], "rest.csv.gz": head + rows[1] + rows[0], "train.csv": "not looked at",
		"task.yaml": spec + "splits: {train: [2023.csv, 2024.csv], val: rest.csv.gz, test: rest.csv.gz}\n",
	}
	dir := packtest.PackedDir(t, files)
	task, err := Find("", dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Load(task, dir, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Train.Gold(), []int{1, 0, 1, 0}) || !slices.Equal(d.Dev.Gold(), []int{0, 1}) || d.Dev.Digest != d.Test.Digest {
		t.Errorf("%+v", d)
	}
	// Beside a known task's files under other names, the splits are all that has to be said.
	ethics := "label,scenario,excuse\n" + strings.Repeat("1,Should I?,No because.\n0,Should I?,No and no.\n", 10)
	dir = packtest.PackedDir(t, map[string]string{"deontology_train.csv": ethics, "deontology_test.csv": ethics, "deontology_test_hard.csv": ethics,
		"task.yaml": "splits: {train: deontology_train.csv, test: deontology_test.csv}\n"})
	if task, err = Find("deontology", dir); err != nil {
		t.Fatal(err)
	}
	if d, err = Load(task, dir, 1, Options{}); err != nil || d.Train.Len() != 16 || d.Test.Examples[0].Text != "Should I? No because." {
		t.Errorf("%+v, %v", d, err)
	}
	for splits, want := range map[string]string{
		"{train: 2025.csv}":                "2025.csv: the train split's file is missing",
		"{train: task.yaml}":               "task.yaml: no ending that says what it is",
		"{train: [2023.csv, x.csv]}":       "x.csv: the train split's file is missing",
		"{train: [2023.csv, rest.csv.gz]}": "rest.csv.gz: is of another format than 2023.csv",
	} {
		files["task.yaml"] = spec + "splits: " + splits + "\n"
		dir := packtest.PackedDir(t, files)
		task, err := Find("", dir)
		if err == nil {
			_, err = Load(task, dir, 1, Options{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", splits, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	named := packtest.PackedDir(t, map[string]string{"task.yaml": "name: stars\ntext: body\n"})
	nameless := packtest.PackedDir(t, map[string]string{"task.yaml": "text: body\n"})
	none := t.TempDir()
	for _, c := range []struct{ name, dir, want, err string }{
		{"", named, "stars", ""},
		{"stars", named, "stars", ""},
		{Custom, named, "stars", ""},
		{"sst2", named, "", "--task_type sst2, but " + filepath.Join(named, "task.yaml") + " describes the task stars"},
		{"", nameless, Custom, ""},
		{"mine", nameless, "mine", ""},
		{"sst2", nameless, "sst2", ""},
		{"a/b", nameless, "", `a task cannot be called "a/b"`},
		{"mine", none, "", `unknown task "mine"`},
		{"", none, "", "no task named"},
		{"sst2", none, "sst2", ""},
		{"sst2", "", "sst2", ""},
	} {
		got, err := Find(c.name, c.dir)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%q: %v, want %q", c.name, err, c.err)
		}
		if err == nil && got.Name != c.want {
			t.Errorf("%q is %q, want %q", c.name, got.Name, c.want)
		}
	}
	over, err := Find("sst2", nameless)
	if err != nil || !slices.Equal(over.Columns, []string{"body"}) || !slices.Equal(over.Classes, []string{"negative", "positive"}) {
		t.Errorf("%+v %v", over, err)
	}
}

func TestRegister(t *testing.T) {
	task := Task{Name: "register-test", Columns: []string{"t"}, Classes: []string{"x", "y", "z"}}
	if err := Register(task); err != nil {
		t.Fatal(err)
	}
	defer delete(registry.tasks, task.Name)
	got := lookup(t, task.Name)
	if got.Labels != 3 || got.Label != "label" || got.Score != Accuracy || FormatWords(got.Words) != FormatWords(defaultWords(3)) || !slices.Contains(Names(), task.Name) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		task Task
		want string
	}{
		{task, "a task called register-test is registered already"},
		{Task{Name: "sst2"}, "sst2 is registered already"},
		{Task{Name: Custom}, "custom is registered already"},
		{Task{Name: ""}, `a task cannot be called ""`},
		{Task{Name: "a", Labels: 1}, "a task has 2 to 256 classes"},
		{Task{Name: "a", Labels: 3, Classes: []string{"x", "y"}}, "the number of names is not that of the classes"},
	} {
		if err := Register(c.task); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// The files of the catalogue's other layouts, as their publishers write them.
func TestOtherLayouts(t *testing.T) {
	for _, c := range []struct {
		task, ext, content string
		text, pair         string
		gold               []int
	}{
		{"ag_news", ".csv", "\"3\",\"Title, one\",\"It says \"\"yes\"\".\"\n\"4\",\"B\",\"C\"\n\"1\",\"D\",\"E\"\n\"2\",\"F\",\"G\"\n", `Title, one It says "yes".`, "", []int{2, 3, 0, 1}},
		{"ag_news", ".jsonl", `{"title": "A", "description": "b", "label": 2}` + "\n" + `{"title": "C", "description": "d", "label": 0}` + "\n", "A b", "", []int{2, 0}},
		{"ag_news_s", ".csv", "\"1\",\"A\",\"b\"\n\"4\",\"B\",\"C\"\n\"2\",\"D\",\"E\"\n", "A b", "", []int{0, 1}},
		{"cola", ".tsv", "gj04\t1\t\tOur friends won't buy this.\nks08\t0\t*\tThey drank the pub.\n", "Our friends won't buy this.", "", []int{1, 0}},
		{"dbpedia", ".csv", "1,\"E. D. Abbott Ltd\",\" Abbott of Farnham\"\n14,\"Book\",\"A book\"\n", " Abbott of Farnham", "", []int{0, 13}},
		{"dbpedia", ".jsonl", `{"label": 13, "title": "Book", "content": "A book"}` + "\n" + `{"label": 0, "title": "E", "content": "F"}` + "\n", "A book", "", []int{13, 0}},
		{"deontology", ".csv", "label,scenario,excuse\n1,Should I feed the dog?,No because it ate.\n0,A,B\n", "Should I feed the dog? No because it ate.", "", []int{1, 0}},
		{"justice", ".csv", "label,scenario\n1,I deserve it.\n0,B\n", "I deserve it.", "", []int{1, 0}},
		{"virtue", ".csv", "label,scenario\n0,\"Jill wore a new style, at last. [SEP] resentful\"\n1,A [SEP] b\n", "Jill wore a new style, at last.", "resentful", []int{0, 1}},
		{"mnli", ".tsv", "index\tgenre\tsentence1\tsentence2\tgold_label\n0\tx\tA man.\tNo \"man.\tcontradiction\n1\ty\tB\tC\tentailment\n", "A man.", `No "man.`, []int{2, 0}},
		{"qqp", ".tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\tWhy?\tHow?\t0\n4\t5\t6\tA\tB\t1\n", "Why?", "How?", []int{0, 1}},
	} {
		t.Run(c.task+c.ext, func(t *testing.T) {
			d := load(t, c.task, packtest.PackedDir(t, map[string]string{"train" + c.ext: c.content, "dev" + c.ext: c.content, "test" + c.ext: c.content}), Options{})
			if e := d.Test.Examples[0]; e.Text != c.text || e.Pair != c.pair || d.Task.Pair() != (c.pair != "") {
				t.Errorf("%q, %q, pair %t", e.Text, e.Pair, d.Task.Pair())
			}
			if got := d.Test.Gold(); !slices.Equal(got, c.gold) {
				t.Errorf("labels %v, want %v", got, c.gold)
			}
		})
	}
}

// GLUE's own test files have no labels: they do not count, whatever their columns are called. Any other split has to have them.
func TestTestSplitWithoutLabels(t *testing.T) {
	for _, c := range []struct{ task, train, test string }{
		{"sst2", "sentence\tlabel\n" + strings.Repeat("a b\t0\nc d\t1\n", 40), "index\tsentence\n0\tx\n1\ty\n"},
		{"cola", strings.Repeat("gj04\t1\t\ta b\ngj04\t0\t*\tb a\n", 40), "index\tsentence\n0\tx\n1\ty\n"},
		{"mnli", "index\tsentence1\tsentence2\tgold_label\n" + strings.Repeat("0\ta\tb\tneutral\n1\tc\td\tentailment\n2\te\tf\tcontradiction\n", 60), "index\tgenre\tsentence1\tsentence2\n0\tx\ty\tz\n"},
	} {
		d := load(t, c.task, packtest.PackedDir(t, map[string]string{"train.tsv": c.train, "dev.tsv": c.train, "test.tsv": c.test}), Options{})
		if len(d.Files) != 3 || d.Files[2].Used || !strings.Contains(d.Rule, "test is dev.tsv") || !slices.Contains(d.Notes, "test.tsv has no column of labels and is not used") {
			t.Errorf("%s: %s, %q, %+v", c.task, d.Rule, d.Notes, d.Files)
		}
		if _, err := Load(lookup(t, c.task), packtest.PackedDir(t, map[string]string{"train.tsv": c.train, "dev.tsv": c.test}), 1, Options{}); err == nil {
			t.Errorf("%s: a dev split without labels is taken", c.task)
		}
	}
}

func TestSeparatorOption(t *testing.T) {
	row := "a question\tan answer\tentailment\nb\tc\tnot_entailment\n"
	dir := packtest.PackedDir(t, map[string]string{"train.tsv": row, "dev.tsv": row, "test.tsv": row})
	nothing := ""
	d := load(t, "qnli", dir, Options{Separator: &nothing})
	if e := d.Test.Examples[0]; e.Text != "a questionan answer" || e.Pair != "" || d.Task.Pair() {
		t.Errorf("%+v", e)
	}
}

func TestCatalogueErrors(t *testing.T) {
	for content, want := range map[string]string{
		"a: {of: b}\n": `a: x.yaml: row 1: column "of": there is no entry "b" above`,
		"a: {labels: [x, y]}\nb: {of: a, keep: z}\n": `names a class that a does not have`,
		"a: {text: b}\na: {text: c}\n":               `row 2: column "a": stands twice`,
		"a: {txt: b}\n":                              `column "txt": is no field of a task; did you mean text`,
	} {
		_, err := readCatalogue("x.yaml", []byte(content))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
		if _, ok := errors.AsType[*FileError](err); !ok {
			t.Errorf("%T", err)
		}
	}
}

func FuzzTaskFile(f *testing.F) {
	data, err := os.ReadFile("catalogue.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, false)
	f.Add([]byte("text: [a, b]\nlabels: {x: y, z: w}\nsplits: {train: [a.csv, b.csv]}\n"), false)
	f.Add([]byte(`{"text": "a", "labels": ["x", "y"], "separator": " "}`), true)
	f.Fuzz(func(t *testing.T, data []byte, isJSON bool) {
		n, err := taskNode("f", data, isJSON)
		if err == nil {
			_, err = fileTask("f", n, Task{})
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "f")) {
			t.Errorf("%q", err)
		}
	})
}
