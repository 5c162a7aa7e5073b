package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// BinarizeConfig says which task to split into two-label tasks.
type BinarizeConfig struct {
	Task     Task
	DataPath string // directory with the task's files
	Out      string // the folders NAME-pn and NAME-neu are made in it
	Seed     uint64 // decides which rows are left out to balance the classes
	Options  Options
}

// BinarizeResult is what was written.
type BinarizeResult struct {
	Folders []string // OUT/NAME-pn, OUT/NAME-neu
	Files   []BinaryFile
	Notes   []string
}

// A BinaryFile is one file that was written.
type BinaryFile struct {
	Path  string `json:"path"`
	Split string `json:"split"`
	Rows  int    `json:"rows"` // half of them of each label
}

// Polarity of a class, by index as in the paper's code: a verbalizer's words follow class indices too.
const (
	conflict = iota
	negative
	neutral
	positive
)

var polarities = map[int][]int{
	3: {negative, neutral, positive},
	4: {conflict, negative, neutral, positive},
}

// half is one of the two tasks that binarize makes: what a class becomes, dropped for a class that is left out.
type half struct {
	suffix string
	label  [4]int // by polarity
}

var halves = []half{
	{"pn", [4]int{conflict: dropped, negative: 0, neutral: dropped, positive: 1}},
	{"neu", [4]int{conflict: 0, negative: 0, neutral: 1, positive: 0}},
}

// Binarize writes OUT/NAME-pn (label 0 negative, 1 positive, the others left out) and OUT/NAME-neu (label 1 neutral, 0
// any other), every labelled split, in the format of the file that was read, each class as often as the rarer one:
// random rows are left out, the file's order stays. Nothing is written before everything has been checked.
func Binarize(cfg BinarizeConfig) (BinarizeResult, error) {
	var res BinarizeResult
	if cfg.Out == "" {
		return res, Usagef("no output directory: give the folder in which to make %s-pn and %s-neu", cfg.Task.Name, cfg.Task.Name)
	}
	if err := checkPolar(cfg.Task); err != nil {
		return res, err
	}
	raws, err := readAll(cfg.Task, cfg.DataPath, cfg.Options)
	if err != nil {
		return res, err
	}
	task, notes, err := assignLabels(cfg.Task, raws, cfg.Options)
	if err != nil {
		return res, err
	}
	if err := checkPolar(task); err != nil {
		return res, err
	}
	res.Notes = notes
	var out []folder
	for _, h := range halves {
		f := folder{path: filepath.Join(cfg.Out, task.Name+"-"+h.suffix)}
		for _, r := range raws {
			if r.unlabelled {
				continue
			}
			rows, err := r.binary(h, polarities[task.Labels], cfg.Seed)
			if err != nil {
				return res, err
			}
			f.files = append(f.files, outFile{source: r.Source, columns: r.columns, rows: rows})
			res.Files = append(res.Files, BinaryFile{Path: r.FileIn(f.path), Split: r.Split, Rows: len(rows)})
		}
		out = append(out, f)
		res.Folders = append(res.Folders, f.path)
	}
	return res, writeFolders(out)
}

func checkPolar(t Task) error {
	switch {
	case t.Labels == 2:
		return Usagef("%s has two labels already: binarize splits tasks with the labels negative, neutral, positive, or conflict and these three", t.Name)
	case t.Labels != 0 && polarities[t.Labels] == nil:
		return Usagef("%s has %d labels: binarize splits tasks with three (negative, neutral, positive) or four (conflict and these)", t.Name, t.Labels)
	}
	return nil
}

// binary relabels a split for one half and balances it.
func (r *rawSplit) binary(h half, polarity []int, seed uint64) ([][]rowio.Cell, error) {
	var of [2][]int // rows by new label
	for i, class := range r.labels {
		if class == dropped {
			continue
		}
		if k := h.label[polarity[class]]; k != dropped {
			of[k] = append(of[k], i)
		}
	}
	n := min(len(of[0]), len(of[1]))
	if n == 0 {
		return nil, &FileError{File: r.Path, Problem: fmt.Sprintf("%d rows would have label 0 of NAME-%s and %d label 1, so none balance", len(of[0]), h.suffix, len(of[1])),
			Remedy: "every split needs rows of both; remove the file, or get all classes"}
	}
	label := make(map[int]int, 2*n)
	var keep []int
	for k, rows := range of {
		for _, p := range Stream(seed, "binarize/"+h.suffix+"/"+r.Split, uint64(k)).Perm(len(rows))[:n] {
			keep = append(keep, rows[p])
			label[rows[p]] = k
		}
	}
	slices.Sort(keep)
	out := make([][]rowio.Cell, 0, len(keep))
	for _, i := range keep {
		cells := []rowio.Cell{{Text: r.rows[i].text}}
		if len(r.names) == 3 {
			cells = append(cells, rowio.Cell{Text: r.rows[i].pair})
		}
		out = append(out, append(cells, rowio.Cell{Text: strconv.Itoa(label[i]), Kind: rowio.Number}))
	}
	return out, nil
}
