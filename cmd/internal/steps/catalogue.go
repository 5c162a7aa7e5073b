package steps

import (
	"strings"

	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// listed is one task of --list_tasks.
type listed struct {
	Name    string     `json:"task_type"`
	Text    []string   `json:"text"`
	Labels  int        `json:"labels"`
	Classes []string   `json:"classes,omitempty"`
	Words   [][]string `json:"words,omitempty"`
	Splits  string     `json:"splits"` // published with labels
	Score   string     `json:"score"`
	Hub     string     `json:"hub,omitempty"`
}

func listTasks() []listed {
	var out []listed
	for _, t := range dataset.Catalogue() {
		classes := t.Classes
		if len(t.Keep) > 0 {
			classes = nil
			for _, k := range t.Keep {
				classes = append(classes, t.Classes[k])
			}
		}
		out = append(out, listed{t.Name, t.Columns, t.Labels, classes, t.Words, t.Published, string(t.Score), t.Hub})
	}
	return out
}

// catalogue is the table of --list_tasks.
func catalogue(tasks []listed) table.Table {
	t := table.Table{Columns: []string{"task", "text", "labels", "classes", "words", "splits", "score", "published"}}
	for _, task := range tasks {
		classes, words := strings.Join(task.Classes, ", "), dataset.FormatWords(task.Words)
		if len(task.Classes) > 4 {
			classes = strings.Join(task.Classes[:2], ", ") + ", …"
		}
		if words == "" {
			words = "none: --verb"
		}
		t.Add(task.Name, strings.Join(task.Text, ", "), task.Labels, classes, words, task.Splits, task.Score, task.Hub)
	}
	t.Notes = append(t.Notes,
		"three labelled splits are used as they are; of two the first is cut 80/20 into train and dev; one is cut 80/10/10",
		"NAME-pn and NAME-neu are what binarize makes of NAME",
		"any other data set: a task.yaml beside its files (docs/tasks.md), or --task_type custom with --columns, --label_column and --labels")
	return t
}
