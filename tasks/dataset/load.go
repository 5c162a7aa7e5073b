package dataset

import (
	"context"
	"fmt"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// Data is a data set, ready to use.
type Data struct {
	Task             Task // as registered, with what the files told: Labels, Classes, Words, Columns
	Train, Dev, Test Split
	Rule             string   // how the splits were made, for people and for run.json
	Files            []File   // what was read
	Notes            []string // what was done beyond the obvious, for the log
}

// A File is one file that was read.
type File struct {
	Split string `json:"split"` // what its name says: train, dev or test
	Path  string `json:"path"`
	Rows  int    `json:"rows"`
	Used  bool   `json:"used"` // false for a split without labels
}

// Splits returns train, dev and test, in this order.
func (d *Data) Splits() []Split { return []Split{d.Train, d.Dev, d.Test} }

// Load reads the data set in directory path (not needed by the task "empty") and makes its splits. The result depends on
// the files, the task, the options and the seed, and on nothing else.
func Load(task Task, path string, seed uint64, opt Options) (*Data, error) {
	return LoadContext(context.Background(), task, path, seed, opt)
}

// LoadContext is [Load] of files that take long to read: it ends with ctx.
func LoadContext(ctx context.Context, task Task, path string, seed uint64, opt Options) (*Data, error) {
	if task.Rule == BuiltIn {
		return emptyData(task), nil
	}
	raws, err := readAll(ctx, task, path, opt)
	if err != nil {
		return nil, err
	}
	found, notes, err := assignLabels(task, raws, opt)
	if err != nil {
		return nil, err
	}
	for _, r := range raws[1:] {
		if len(r.names) > 0 && r.pair() != raws[0].pair() {
			return nil, &FileError{File: r.Path, Problem: "differs from " + raws[0].base() + " in the number of texts a row", Remedy: columnRemedy}
		}
	}
	found.Separator, found.Cut = raws[0].join, raws[0].cut
	found.Columns = raws[0].textNames(found.Columns)
	d := &Data{Task: found, Notes: notes}
	for _, r := range raws {
		d.Files = append(d.Files, File{Split: r.Split, Path: r.Path, Rows: len(r.rows), Used: !r.unlabelled})
	}
	if err := d.cut(raws, seed); err != nil {
		return nil, err
	}
	for _, s := range d.Splits() {
		if err := d.check(path, s); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// textNames are the text columns' names in the file, or the given ones if it has none but as many.
func (c columns) textNames(given []string) []string {
	n := len(c.names) - 1
	if (c.named || c.header) || len(given) != n {
		return c.names[:n:n]
	}
	return given
}

func (d *Data) check(path string, s Split) error {
	counts := s.Counts(d.Task.Labels)
	classes, only := 0, 0
	for k, c := range counts {
		if c > 0 {
			classes, only = classes+1, k
		}
	}
	switch classes {
	case 0:
		return &FileError{File: path, Problem: fmt.Sprintf("the %s split is empty (%s)", s.Name, d.Rule), Remedy: "give more rows, or a file for each split"}
	case 1:
		return &FileError{File: path, Problem: fmt.Sprintf("the %s split has %s, all with label %d (%s)", s.Name, amount.Of(len(s.Examples), "row"), only, d.Rule),
			Remedy: "a task needs rows of at least two classes in every split"}
	}
	return nil
}

// emptyData is the task "empty": a few empty sentences of one label, for the prompt's own activations.
func emptyData(task Task) *Data {
	rows := func(name string) Split { return newSplit(name, make([]Example, 4)) }
	return &Data{Task: task, Train: rows("train"), Dev: rows("dev"), Test: rows("test"), Rule: "built in"}
}
