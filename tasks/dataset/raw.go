package dataset

import (
	"path/filepath"

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
	labels     []int // class by row, set by assignLabels; dropped for rows of classes that are not kept
	unlabelled bool  // every label is -1
}

const dropped = -1

// readAll reads every split in a directory.
func readAll(task Task, dir string, opt Options) ([]*rawSplit, error) {
	if len(opt.Columns) > 2 {
		return nil, Usagef("--columns names %d text columns: a model takes one text or two", len(opt.Columns))
	}
	switch opt.Header {
	case HeaderAuto, HeaderYes, HeaderNo:
	default:
		return nil, Usagef("--header %q: it is yes or no, or left out to find out", opt.Header)
	}
	sources, err := rowio.Find(dir)
	if err != nil {
		return nil, err
	}
	var out []*rawSplit
	for _, s := range sources {
		r := &rawSplit{Source: s}
		if err := s.Read(opt.maxBytes(), func(rec rowio.Row) error { return r.add(task, opt, rec) }); err != nil {
			return nil, err
		}
		if len(r.rows) == 0 {
			return nil, &FileError{File: s.Path, Problem: "holds no rows", Remedy: "remove it, or fetch it again"}
		}
		out = append(out, r)
	}
	return out, nil
}

func (r *rawSplit) add(task Task, opt Options, rec rowio.Row) error {
	if r.names == nil {
		c, err := chooseColumns(task, opt, r.Named(), rec)
		if err != nil {
			return err
		}
		r.columns = c
		if c.header {
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
