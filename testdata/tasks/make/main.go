// Command make takes the small files beside it from the whole public data sets: a few rows a class, as they are published.
//
//	go run ./testdata/tasks/make --data DIR
//
// DIR holds imdb, ag_news and tweet_sentiment, each with a test split in any format that bin/train reads.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// taken says how much of each task is taken: rows a class, of texts no longer than this, and one that is longer than a model takes.
var taken = []struct {
	task, folder string
	rows, most   int
	long         bool
}{
	{"imdb", "imdb", 24, 420, true},
	{"ag_news", "ag_news", 20, 240, false},
	{"tweet_eval", "tweet_sentiment", 24, 200, false},
}

// longText is more than 512 tokens.
const longText = 4000

func main() {
	log.SetFlags(0)
	data := pflag.String("data", "", "DIR: the public data sets")
	out := pflag.String("out", "testdata/tasks", "DIR: where the files go")
	pflag.Parse()
	for _, t := range taken {
		if err := take(filepath.Join(*data, t.folder), filepath.Join(*out, t.task+".jsonl"), t.task, t.rows, t.most, t.long); err != nil {
			log.Fatal(err)
		}
	}
}

func take(from, to, name string, rows, most int, long bool) error {
	task, err := dataset.Lookup(name)
	if err != nil {
		return err
	}
	if name == "ag_news" { // its two columns stay apart
		task.Columns, task.Label, task.Also = []string{"2", "3"}, "1", nil
	}
	d, err := dataset.Load(task, from, 1, dataset.Options{})
	if err != nil {
		return err
	}
	var b strings.Builder
	count := make([]int, d.Task.Labels)
	for _, e := range d.Test.Examples {
		size := len(e.Text) + len(e.Pair)
		isLong := long && e.Label == 0 && count[0] == 0 && size > longText
		if count[e.Label] == rows || size > most && !isLong || long && e.Label == 0 && count[0] == 0 && !isLong || strings.ContainsAny(e.Text+e.Pair, "\t\n\r") {
			continue
		}
		count[e.Label]++
		row := map[string]any{"text": e.Text, "label": e.Label}
		if e.Pair != "" {
			row = map[string]any{"title": e.Text, "description": e.Pair, "label": e.Label}
		}
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	fmt.Fprintf(os.Stderr, "%s: %v rows\n", to, count)
	return atomicfile.WriteFile(to, []byte(b.String()))
}
