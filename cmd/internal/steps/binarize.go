package steps

import (
	"context"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Binarize runs the binary binarize.
func Binarize(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:     "binarize",
		Purpose:  "splits a task of three or four labels into two balanced ones of two: NAME-pn (negative, positive) and NAME-neu (neutral or not).",
		Examples: []string{"binarize --task_type mnli --data_path data/raw/mnli --save_to data/raw"},
	})
	c.o.Seed = tasks.DefaultSeed
	c.Group(groupWhat)
	c.Common(&c.o, "save_to", "random_seed")
	c.dataFlags(false)
	c.DefaultText("task_type", "none: say which")
	c.reportFlags()
	c.Check(func() error {
		switch {
		case c.o.TaskType == "":
			return cli.Usagef("nothing says which task to split: give --task_type NAME, such as mnli")
		case c.o.SaveTo == "":
			return cli.Usagef("nothing says where to make %s-pn and %s-neu: give --save_to DIR", c.o.TaskType, c.o.TaskType)
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
	r, err := dataset.Binarize(dataset.BinarizeConfig{Task: task, DataPath: c.o.DataPath, Out: c.o.SaveTo, Seed: c.o.Seed, Options: c.data})
	if err != nil {
		return err
	}
	_, log := c.reports()
	for _, n := range r.Notes {
		log.Info(n)
	}
	t := table.Table{Caption: task.Name + " as two tasks of two labels", Columns: []string{"file", "split", "rows"}}
	for _, f := range r.Files {
		t.Add(f.Path, f.Split, number(f.Rows))
	}
	t.Notes = append(t.Notes, "half of the rows of each file have label 1: positive in -pn, neutral in -neu")
	for i, end := range []string{"pn", "neu"} {
		t.Notes = append(t.Notes, next("train --task_type %s-%s --data_path %s --save_to %s", task.Name, end, tasks.ShellWord(r.Folders[i]), end))
	}
	return c.Result(&c.o, binarized{Task: task.Name, Folders: r.Folders, Files: r.Files, Notes: r.Notes}, t)
}

// binarized is the result as JSON.
type binarized struct {
	Task    string               `json:"task_type"`
	Folders []string             `json:"folders"`
	Files   []dataset.BinaryFile `json:"files"`
	Notes   []string             `json:"notes,omitempty"`
}
