package steps

import (
	"context"
	"strings"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Binarize runs the binary binarize.
func Binarize(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "binarize",
		Purpose: "splits a task of three or four labels into two balanced ones of two: NAME-pn (negative, positive) and NAME-neu (neutral or not); or a task of any labels into one class and the rest.",
		Examples: []string{
			"binarize --task_type mnli --data_path data/raw/mnli --save_to data/raw",
			"# one topic against the others, as CSV\nbinarize --task_type ag_news --data_path data/raw/ag_news --positive Sports --format csv --save_to data/raw",
		},
	})
	var positive, format string
	c.o.Seed = tasks.DefaultSeed
	c.Group(cli.GroupWhat)
	c.Common(&c.o, "save_to", "random_seed")
	c.StringVar(&positive, "positive", "", "`CLASS`: make one task of this class, by its name or index, against the rest: NAME-CLASS, its words other and the class's name")
	c.DefaultText("positive", "none: NAME-pn and NAME-neu")
	c.StringVar(&format, "format", "", "`FORMAT`: what to write, "+strings.Join(rowio.Formats(), ", ")+"; the text formats also with .gz or .zst behind")
	c.DefaultText("format", "as it was read")
	c.dataFlags(false)
	c.DefaultText("task_type", "none: say which")
	c.reportFlags()
	c.Check(func() error {
		switch {
		case c.o.TaskType == "" && !dataset.HasTaskFile(c.o.DataPath):
			return cli.Usagef("nothing says which task to split: give --task_type NAME, such as mnli")
		case c.o.SaveTo == "":
			return cli.Usagef("nothing says where to make the new tasks: give --save_to DIR")
		}
		return nil
	})
	if err := c.Parse(args); err != nil {
		return err
	}
	task, err := dataset.Find(c.o.TaskType, c.o.DataPath)
	if err != nil {
		return err
	}
	r, err := dataset.Binarize(ctx, dataset.BinarizeConfig{Task: task, DataPath: c.o.DataPath, Out: c.o.SaveTo, Seed: c.o.Seed, Positive: positive, Format: format, Options: c.data})
	if err != nil {
		return err
	}
	_, log := c.reports()
	for _, n := range r.Notes {
		log.Info(n)
	}
	t := table.Table{Caption: task.Name + " as " + strings.Join(r.Tasks, " and "), Columns: []string{"file", "split", "rows"}}
	for _, f := range r.Files {
		t.Add(f.Path, f.Split, amount.Commas(f.Rows))
	}
	means := "positive in -pn, neutral in -neu"
	if positive != "" {
		means = strings.TrimPrefix(r.Tasks[0], task.Name+"-") // its name, where positive is its index
	}
	t.Notes = append(t.Notes, "half of the rows of each file have label 1: "+means)
	if r.ByIndex != "" {
		t.Notes = append(t.Notes, r.ByIndex)
	}
	for i, name := range r.Tasks {
		t.Notes = append(t.Notes, next("train --data_path %s --save_to %s", tasks.ShellWord(r.Folders[i]), tasks.ShellWord(strings.TrimPrefix(name, task.Name+"-"))))
	}
	return c.Result(&c.o, binarized{Task: task.Name, Tasks: r.Tasks, Folders: r.Folders, Files: r.Files, Notes: r.Notes, ByIndex: r.ByIndex}, t)
}

// binarized is the result as JSON.
type binarized struct {
	Task    string               `json:"task_type"`
	Tasks   []string             `json:"tasks"`
	Folders []string             `json:"folders"`
	Files   []dataset.BinaryFile `json:"files"`
	Notes   []string             `json:"notes,omitempty"`
	ByIndex string               `json:"by_index,omitempty"`
}
