package steps

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// dataFlags say which data, and how their files are read where the task's name does not tell.
func (c *call) dataFlags(rows bool) {
	c.Group(cli.GroupData)
	c.Common(&c.o, "task_type", "data_path")
	var list bool
	c.BoolVar(&list, "list_tasks", false, "print the table of tasks that are known by name")
	c.Check(func() error {
		if !list {
			return nil
		}
		known := listTasks()
		if err := c.Result(&c.o, known, catalogue(known)); err != nil {
			return err
		}
		return cli.ErrDone
	})
	c.Words(&c.data.Columns, "columns", "`A[,B]`: the text columns, by name or by number from 1")
	c.DefaultText("columns", "the task's, else found in the files")
	var separator string
	c.StringVar(&separator, "separator", "", "`S`: joins the text columns to one text, in place of a pair")
	c.DefaultText("separator", "the task's, mostly none")
	c.Check(func() error {
		c.data.Separator = nil
		if c.Changed("separator") {
			c.data.Separator = &separator
		}
		return nil
	})
	c.StringVar(&c.data.LabelColumn, "label_column", "", "`NAME`: the label column, by name or by number from 1")
	c.DefaultText("label_column", "label, else the last one")
	c.Words(&c.data.Labels, "labels", "`A,B,…`: the classes in the order of their indices, as the files spell them")
	c.DefaultText("labels", "whole numbers, or the task's names")
	c.Var(&classes{&c.data.Keep}, "keep_classes", "`I,J,…`: keep only these classes; the first of them becomes class 0")
	c.DefaultText("keep_classes", "the task's, mostly all")
	c.ChoiceVar(&c.header, "header", "whether the first row of a TSV or CSV file names the columns", "auto", "yes", "no")
	c.DefaultText("header", "auto")
	c.Var(&byteSize{&c.data.MaxBytes, "max_bytes"}, "max_bytes", "`SIZE`: most bytes that one split's files may unpack to, such as 500MB or 16GiB")
	c.DefaultText("max_bytes", "8GiB")
	c.Check(func() error {
		if c.header != "auto" {
			c.data.Header = dataset.Header(c.header)
		}
		return nil
	})
	if !rows {
		return
	}
	var compat string
	c.ChoiceVar(&compat, "compat", "concat joins the two texts of a pair as the original does, with nothing between", tasks.Concat)
	c.DefaultText("compat", "the resumed run's, else as RoBERTa joins pairs: <s> a </s></s> b </s>")
	c.Check(func() error {
		c.concat = c.Changed("compat")
		return nil
	})
	for _, r := range []struct {
		name, what string
		to         *int
	}{{"train_rows", "train", &c.rows.Train}, {"dev_rows", "dev", &c.rows.Dev}, {"test_rows", "test", &c.rows.Test}} {
		c.IntVar(r.to, r.name, 0, "`N`: use N rows of the "+r.what+" split, drawn from the seed; for a quick look")
		c.DefaultText(r.name, "all")
		c.Check(func() error {
			if c.Changed(r.name) && *r.to < 1 {
				return cli.Usagef("--%s %d: at least 1, or leave the flag out for all rows", r.name, *r.to)
			}
			return nil
		})
	}
}

// classes is a flag value of class indices with commas between.
type classes struct{ to *[]int }

func (c *classes) String() string {
	if c.to == nil {
		return ""
	}
	var out []string
	for _, k := range *c.to {
		out = append(out, strconv.Itoa(k))
	}
	return strings.Join(out, ",")
}
func (c *classes) Type() string { return "classes" }

func (c *classes) Set(s string) error {
	*c.to = nil
	for _, part := range strings.Split(s, ",") {
		k, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || k < 0 || slices.Contains(*c.to, k) {
			return cli.Usagef("--keep_classes: %q is not a list of different classes, counted from 0, such as 0,4", s)
		}
		*c.to = append(*c.to, k)
	}
	return nil
}
