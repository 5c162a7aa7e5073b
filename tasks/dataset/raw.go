package dataset

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// rawRow is a row before its label means anything.
type rawRow struct {
	file       string
	row        int
	text, pair string
	label      rowio.Cell
}

// rawSplit is one split as it lies on disk.
type rawSplit struct {
	rowio.Source
	columns
	rows       []rawRow
	labels     []int    // class by row, set by assignLabels; dropped for rows of classes that are not kept
	unlabelled bool     // every label is -1, or there is no column of labels
	file       string   // that is being read
	classes    []string // by label, where the files' metadata name them
}

const dropped = -1

// readAll reads every split in a directory.
func readAll(ctx context.Context, task Task, dir string, opt Options) ([]*rawSplit, error) {
	opt = task.options(opt)
	if len(opt.Columns) > 2 && opt.Separator == nil && task.Separator == nil {
		return nil, Usagef(`--columns names %d text columns: a model takes one text or two; --separator " " joins them to one`, len(opt.Columns))
	}
	switch opt.Header {
	case HeaderAuto, HeaderYes, HeaderNo:
	default:
		return nil, Usagef("--header %q: it is yes or no, or left out to find out", opt.Header)
	}
	sources, err := task.sources(dir)
	if err != nil {
		return nil, err
	}
	var out []*rawSplit
	for _, s := range sources {
		r := &rawSplit{Source: s}
		err := s.Read(opt.maxBytes(), func(rec rowio.Row) error {
			if err := interrupted(ctx, len(r.rows)); err != nil {
				return err
			}
			return r.add(task, opt, rec)
		})
		if err != nil {
			return nil, err
		}
		if len(r.rows) == 0 && !r.unlabelled {
			return nil, &FileError{File: s.Path, Problem: "holds no rows", Remedy: "remove it, or fetch it again"}
		}
		out = append(out, r)
	}
	return out, nil
}

// interrupted asks at every few hundredth row whether the work is still wanted.
func interrupted(ctx context.Context, row int) error {
	if row%256 != 255 {
		return nil
	}
	return ctx.Err()
}

func (r *rawSplit) add(task Task, opt Options, rec rowio.Row) error {
	if r.unlabelled {
		return nil
	}
	if r.names == nil {
		if r.unlabelled = r.Split == "test" && task.withoutLabel(opt, rec); r.unlabelled {
			return nil
		}
		task, opt = task.laidOut(opt, r.Named(), rec)
		c, err := chooseColumns(task, opt, r.Named(), rec)
		if err != nil {
			return err
		}
		r.columns = c
		r.classes = rec.Classes[c.names[len(c.names)-1]]
		if r.join, r.cut = task.Separator, task.Cut; opt.Separator != nil {
			r.join, r.cut = opt.Separator, ""
		}
		r.file = rec.File
		if c.header {
			return nil
		}
	}
	if r.file != rec.File { // a shard of its own
		r.file = rec.File
		if r.repeats(rec) {
			return nil
		}
	}
	text, pair, label, err := r.pick(rec)
	if err != nil {
		return err
	}
	r.rows = append(r.rows, rawRow{rec.File, rec.Number, text, pair, label})
	return nil
}

// repeats reports whether a shard begins with the header of the first one.
func (r *rawSplit) repeats(rec rowio.Row) bool {
	if !r.header || len(rec.Cells) != r.width {
		return false
	}
	for i, at := range append(slices.Clone(r.text), r.label) {
		if strings.TrimSpace(rec.Cells[at].Text) != r.names[i] {
			return false
		}
	}
	return true
}

// sources are the task's own files, else the ones that their names tell.
func (t Task) sources(dir string) ([]rowio.Source, error) {
	if dir == "" && t.Hub != "" {
		return nil, Usagef("no data: give --data_path, a directory with the files of %s; the Hugging Face hub has them as %s", t.Name, t.Hub)
	}
	if len(t.Splits) == 0 {
		return rowio.Find(dir)
	}
	var out []rowio.Source
	for _, split := range []string{"train", "dev", "test"} {
		if len(t.Splits[split]) == 0 {
			continue
		}
		s, err := rowio.FromFiles(split, dir, t.Splits[split])
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// at is an error about the label of a row.
func (r *rawSplit) at(i int, problem, remedy string) error {
	return &FileError{File: r.rows[i].file, Row: r.rows[i].row, Column: r.labelName(), Problem: problem, Remedy: remedy}
}

func (r *rawSplit) base() string { return filepath.Base(r.Path) }

// examples returns the rows of kept classes.
func (r *rawSplit) examples() []Example {
	ex := make([]Example, 0, len(r.rows))
	for i, row := range r.rows {
		if r.labels[i] != dropped {
			ex = append(ex, Example{Text: row.text, Pair: row.pair, Label: r.labels[i]})
		}
	}
	return ex
}
