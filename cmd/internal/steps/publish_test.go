package steps

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// A publishedRow is a row of a data set: its text columns and its class.
type publishedRow struct {
	texts []string
	label int
}

// A release is a small data set with the splits of a real one.
type release struct {
	task   dataset.Task
	splits []string // as they are called on the hub; rows of those in none have labels of -1
	rows   map[string][]publishedRow
}

// publishedSplits are the splits of each data set as it is published: rows by split, -1 in place of a number for one without labels.
var publishedSplits = map[string]string{
	"ag_news": "train 48 test 24", "dbpedia": "train 84 test 42", "imdb": "train 32 test 12 unsupervised -4", "ethos": "train 60", "hate": "train 160", "tweets_hate": "train 60",
	"cola": "train 30 validation 20 test -8", "sst2": "train 30 validation 20 test -8", "qnli": "train 30 validation 20 test -8", "qqp": "train 30 validation 20 test -8",
	"mnli":       "train 42 validation_matched 21 validation_mismatched 9 test_matched -6 test_mismatched -6",
	"deontology": "train 30 validation 16 test 16", "justice": "train 30 validation 16 test 16", "virtue": "train 30 validation 16 test 16", "tweet_eval": "train 36 validation 18 test 18",
}

// publish makes the release of a task: real rows where the repository has some, for other tasks SST-2's sentences with labels in turn.
func publish(t testing.TB, repo, name string) release {
	t.Helper()
	task, err := dataset.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := realRows(t, repo, task)
	r := release{task: task, rows: map[string][]publishedRow{}}
	words := strings.Fields(publishedSplits[name])
	for i := 0; i < len(words); i += 2 {
		n, err := strconv.Atoi(words[i+1])
		if err != nil {
			t.Fatal(err)
		}
		labelled := n > 0
		n = max(n, -n)
		part := slices.Clone(rows[:n])
		rows = rows[n:]
		if !labelled {
			for i := range part {
				part[i].label = -1
			}
		}
		r.splits = append(r.splits, words[i])
		r.rows[words[i]] = part
	}
	return r
}

func realRows(t testing.TB, repo string, task dataset.Task) (out []publishedRow) {
	file, err := os.Open(filepath.Join(repo, "testdata/tasks", task.Name+".jsonl"))
	if err == nil {
		defer file.Close()
		byClass := map[int][]publishedRow{}
		for s := bufio.NewScanner(file); s.Scan(); {
			var row struct {
				Text, Title, Description string
				Label                    int
			}
			if err := json.Unmarshal(s.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			texts := []string{row.Text}
			if row.Title != "" {
				texts = []string{row.Title, row.Description}
			}
			byClass[row.Label] = append(byClass[row.Label], publishedRow{texts, row.Label})
		}
		for i := range byClass[0] { // classes in turn, so that every split has all
			for k := range len(byClass) {
				out = append(out, byClass[k][i])
			}
		}
		return out
	}
	d, err := dataset.Load(mustTask(t, "sst2"), filepath.Join(repo, "testdata/sst2"), 1, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ex := d.Train.Examples
	for i := range 200 {
		label := i % max(task.Labels, task.Of)
		if task.Name == "sst2" {
			label = ex[i].Label
		}
		row := publishedRow{[]string{ex[i].Text}, label}
		if len(task.Columns) == 2 {
			row.texts = append(row.texts, ex[200+i].Text)
		}
		out = append(out, row)
	}
	return out
}

func mustTask(t testing.TB, name string) dataset.Task {
	t.Helper()
	task, err := dataset.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// as writes the release as the hub, or Python's datasets, would: its columns, class labels with names, and an index where GLUE has one.
func (r release) as(t testing.TB, dir, format string) {
	t.Helper()
	base := t.TempDir()
	for _, s := range r.splits {
		write(t, filepath.Join(base, s+".jsonl"), "")
	}
	sources, err := rowio.Find(base)
	if err != nil {
		t.Fatal(err)
	}
	columns := []rowio.Column{}
	texts := r.task.Columns
	if r.task.Name == "ag_news" {
		texts = []string{"text"}
	}
	for _, c := range texts {
		columns = append(columns, rowio.Column{Name: c, Kind: rowio.String})
	}
	columns = append(columns, rowio.Column{Name: "label", Kind: rowio.Number, Classes: r.task.Classes})
	index := strings.HasPrefix(r.task.Hub, "nyu-mll/glue") && !strings.HasPrefix(format, "tweeteval")
	if index {
		columns = append(columns, rowio.Column{Name: "idx", Kind: rowio.Number})
	}
	f := rowio.Folder{Path: dir}
	for _, s := range sources {
		name := strings.TrimSuffix(filepath.Base(s.Path), ".jsonl")
		s, err := s.As(format)
		if err != nil {
			t.Fatal(err)
		}
		var rows [][]rowio.Cell
		for i, row := range r.rows[name] {
			var cells []rowio.Cell
			for _, text := range r.columns(row) {
				cells = append(cells, rowio.Cell{Text: text, Kind: rowio.String})
			}
			cells = append(cells, rowio.Cell{Text: strconv.Itoa(row.label), Kind: rowio.Number})
			if index {
				cells = append(cells, rowio.Cell{Text: strconv.Itoa(i), Kind: rowio.Number})
			}
			rows = append(rows, cells)
		}
		f.Tables = append(f.Tables, rowio.Table{Source: s, Columns: columns, Header: true, Rows: rowio.Values(rows)})
	}
	if err := rowio.Write(f); err != nil {
		t.Fatal(err)
	}
	if format == "parquet" { // as on the hub: in a directory, counted
		sub := filepath.Join(dir, "data")
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, s := range f.Tables {
			file := s.FileIn(dir)
			to := strings.TrimSuffix(filepath.Base(file), ".parquet") + "-00000-of-00001.parquet"
			if err := os.Rename(file, filepath.Join(sub, to)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// columns are the row's texts as the task's own columns hold them.
func (r release) columns(row publishedRow) []string {
	if r.task.Name == "ag_news" {
		return []string{strings.Join(row.texts, " ")}
	}
	return row.texts
}

// original writes the release as its first publisher does; false for a task that is on the hub only.
func (r release) original(t testing.TB, dir string) bool {
	t.Helper()
	csv := func(cells ...string) string {
		for i, c := range cells {
			cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		return strings.Join(cells, ",") + "\n"
	}
	tsv := func(cells ...string) string { return strings.Join(cells, "\t") + "\n" }
	names := map[string]string{"validation": "dev", "validation_matched": "dev_matched", "validation_mismatched": "dev_mismatched"}
	form := map[string]struct {
		ext, head string
		row       func(i int, x publishedRow) string
	}{
		"ag_news": {".csv", "", func(_ int, x publishedRow) string { return csv(fmt.Sprint(x.label+1), x.texts[0], x.texts[1]) }},
		"dbpedia": {".csv", "", func(i int, x publishedRow) string {
			return fmt.Sprint(x.label+1) + "," + csv(fmt.Sprint("Title ", i), x.texts[0])
		}},
		"cola": {".tsv", "", func(_ int, x publishedRow) string { return tsv("gj04", fmt.Sprint(x.label), "", x.texts[0]) }},
		"sst2": {".tsv", "sentence\tlabel\n", func(_ int, x publishedRow) string { return tsv(x.texts[0], fmt.Sprint(x.label)) }},
		"qnli": {".tsv", "index\tquestion\tsentence\tlabel\n", func(i int, x publishedRow) string {
			return tsv(fmt.Sprint(i), x.texts[0], x.texts[1], r.task.Classes[x.label])
		}},
		"qqp": {".tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n", func(i int, x publishedRow) string {
			return tsv(fmt.Sprint(i), "1", "2", x.texts[0], x.texts[1], fmt.Sprint(x.label))
		}},
		"mnli": {".tsv", "index\tpromptID\tpairID\tgenre\tsentence1_parse\tsentence1\tsentence2\tlabel1\tgold_label\n", func(i int, x publishedRow) string {
			return tsv(fmt.Sprint(i), "1", "2", "fiction", "( x )", x.texts[0], x.texts[1], r.task.Classes[x.label], r.task.Classes[x.label])
		}},
		"deontology": {".csv", "label,scenario,excuse\n", func(_ int, x publishedRow) string {
			a, b, _ := strings.Cut(x.texts[0], " ")
			return fmt.Sprint(x.label) + "," + csv(a, b)
		}},
		"justice": {".csv", "label,scenario\n", func(_ int, x publishedRow) string { return fmt.Sprint(x.label) + "," + csv(x.texts[0]) }},
		"virtue": {".csv", "label,scenario\n", func(_ int, x publishedRow) string {
			return fmt.Sprint(x.label) + "," + csv(x.texts[0]+" [SEP] "+x.texts[1])
		}},
	}
	f, ok := form[r.task.Name]
	if !ok {
		return false
	}
	for _, s := range r.splits {
		if r.rows[s][0].label < 0 { // GLUE's test files have no column of labels
			columns := r.task.Columns
			if r.task.Name == "mnli" {
				columns = []string{"sentence1", "sentence2"}
			}
			text := tsv(append([]string{"index"}, columns...)...)
			for i, x := range r.rows[s] {
				text += tsv(append([]string{fmt.Sprint(i)}, x.texts...)...)
			}
			write(t, filepath.Join(dir, s+f.ext), text)
			continue
		}
		var b strings.Builder
		b.WriteString(f.head)
		for i, x := range r.rows[s] {
			b.WriteString(f.row(i, x))
		}
		name := s
		if strings.HasSuffix(f.ext, "tsv") && names[s] != "" {
			name = names[s]
		}
		write(t, filepath.Join(dir, name+f.ext), b.String())
	}
	return true
}
