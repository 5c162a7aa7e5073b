package dataset

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// BinarizeConfig says which task to split into two-label tasks.
type BinarizeConfig struct {
	Task     Task
	DataPath string // directory with the task's files
	Out      string // the folders of the new tasks are made in it
	Seed     uint64 // decides which rows are left out to balance the classes
	Positive string // a class, by name or index: one task of it against the rest, in place of -pn and -neu
	Format   string // of the files, see [rowio.Formats]; empty: as they were read
	Cut      bool   // make train, dev and test first, as a step with this seed does, and write these
	Options  Options
}

// BinarizeResult is what was written.
type BinarizeResult struct {
	Tasks   []string // NAME-pn, NAME-neu, or NAME-CLASS
	Folders []string // OUT/NAME-pn, OUT/NAME-neu
	Files   []BinaryFile
	Notes   []string
	ByIndex string // which class was taken for negative, neutral and positive, where none of them has that name; else empty
}

// A BinaryFile is one file that was written.
type BinaryFile struct {
	Path  string `json:"path"`
	Split string `json:"split"`
	Rows  int    `json:"rows"` // half of them of each label
}

// Binarize writes OUT/NAME-pn (label 0 negative, 1 positive, the others left out) and OUT/NAME-neu (label 1 neutral, 0
// any other), or OUT/NAME-CLASS (label 1 that class, 0 any other), every labelled split, in the format of the file that was read or the one
// asked for, each class as often as the rarer one: random rows are left out, the file's order stays. A task file beside them describes the new
// task. Nothing is written before everything has been checked, and nothing is left of what ctx ends.
func Binarize(ctx context.Context, cfg BinarizeConfig) (BinarizeResult, error) {
	var res BinarizeResult
	if cfg.Out == "" {
		return res, Usagef("no output directory: give the folder in which to make %s-pn and %s-neu", cfg.Task.Name, cfg.Task.Name)
	}
	if err := cfg.check(cfg.Task); err != nil {
		return res, err
	}
	raws, err := readAll(ctx, cfg.Task, cfg.DataPath, cfg.Options)
	if err != nil {
		return res, err
	}
	task, notes, err := assignLabels(cfg.Task, raws, cfg.Options)
	if err != nil {
		return res, err
	}
	if err := cfg.check(task); err != nil {
		return res, err
	}
	res.Notes = notes
	made := []half{{}}
	if cfg.Positive == "" {
		made, res.ByIndex = halves(task), byIndex(task)
	} else if made[0], err = against(task, cfg.Positive); err != nil {
		return res, err
	}
	parts, err := cfg.parts(task, raws)
	if err != nil {
		return res, err
	}
	var out []folder
	for _, h := range made {
		name := task.Name + "-" + h.suffix
		f := folder{path: filepath.Join(cfg.Out, name), comment: fmt.Sprintf("made by binarize from %s; 0: %s, 1: %s", task.Name, h.names[0], h.names[1])}
		if h.known {
			f.classes = h.names
		}
		for _, p := range parts {
			rows, err := p.binary(h, cfg.Seed)
			if err != nil {
				return res, err
			}
			f.files = append(f.files, outFile{source: p.source, names: p.names, header: p.header, rows: rows})
			res.Files = append(res.Files, BinaryFile{Path: p.source.FileIn(f.path), Split: p.source.Split, Rows: len(rows)})
		}
		f.task = Task{Name: name, Words: h.words, Labels: 2, Score: Accuracy}
		out = append(out, f)
		res.Tasks, res.Folders = append(res.Tasks, name), append(res.Folders, f.path)
	}
	return res, writeFolders(ctx, out)
}

func (c BinarizeConfig) check(t Task) error {
	switch {
	case t.Rule == BuiltIn:
		return Usagef("%s has no files to split", t.Name)
	case t.Labels == 2:
		return Usagef("%s has two labels already: binarize splits tasks with the labels negative, neutral, positive, or conflict and these three, or one class against the rest with --positive CLASS", t.Name)
	case t.Labels != 0 && polarities[t.Labels] == nil && c.Positive == "":
		return Usagef("%s has %s: binarize splits tasks with three (negative, neutral, positive) or four (conflict and these), or one class against the rest with --positive CLASS", t.Name, amount.Of(t.Labels, "label"))
	}
	return nil
}

// A partOf is a split to be relabelled and written.
type partOf struct {
	source rowio.Source
	path   string // where its rows come from
	names  []string
	header bool
	pair   bool
	rows   []Example
}

// parts are the labelled splits as they are on disk, or as the seed cuts them.
func (c BinarizeConfig) parts(task Task, raws []*rawSplit) ([]partOf, error) {
	var out []partOf
	add := func(r *rawSplit, source rowio.Source, rows []Example) (err error) {
		if c.Format != "" {
			if source, err = source.As(c.Format); err != nil {
				return err
			}
		}
		p := partOf{source: source, path: r.Path, pair: r.pair(), rows: rows}
		p.names, p.header = r.written(task, source)
		out = append(out, p)
		return nil
	}
	if !c.Cut {
		for _, r := range raws {
			if r.unlabelled {
				continue
			}
			if err := add(r, r.Source, r.examples()); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	d := &Data{Task: task}
	if err := d.cut(raws, c.Seed); err != nil {
		return nil, err
	}
	first := raws[slices.IndexFunc(raws, func(r *rawSplit) bool { return !r.unlabelled })]
	for _, s := range d.Splits() {
		if err := add(first, first.Source.For(s.Name), s.Examples); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// binary relabels a split for one half and balances it.
func (p partOf) binary(h half, seed uint64) ([][]rowio.Cell, error) {
	var of [2][]int // rows by new label
	for i, e := range p.rows {
		if k := h.label[e.Label]; k != dropped {
			of[k] = append(of[k], i)
		}
	}
	n := min(len(of[0]), len(of[1]))
	if n == 0 {
		return nil, &FileError{File: p.path, Problem: fmt.Sprintf("%s would have label 0 of NAME-%s and %d label 1, so none balance", amount.Of(len(of[0]), "row"), h.suffix, len(of[1])),
			Remedy: "every split needs rows of both; remove the file, or get all classes"}
	}
	label := make(map[int]int, 2*n)
	var keep []int
	for k, rows := range of {
		for _, j := range Stream(seed, "binarize/"+h.suffix+"/"+p.source.Split, uint64(k)).Perm(len(rows))[:n] {
			keep = append(keep, rows[j])
			label[rows[j]] = k
		}
	}
	slices.Sort(keep)
	out := make([][]rowio.Cell, 0, len(keep))
	for _, i := range keep {
		cells := []rowio.Cell{{Text: p.rows[i].Text}}
		if p.pair {
			cells = append(cells, rowio.Cell{Text: p.rows[i].Pair})
		}
		out = append(out, append(cells, rowio.Cell{Text: strconv.Itoa(label[i]), Kind: rowio.Number}))
	}
	return out, nil
}
