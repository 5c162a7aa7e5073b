package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// maxClasses is where a column stops looking like labels.
const maxClasses = 256

// assignLabels gives every row of every labelled split its class index and returns the task with what was found:
// Labels, Classes, Words. notes say what was done beyond reading integers.
func assignLabels(task Task, raws []*rawSplit, opt Options) (Task, []string, error) {
	task = task.clone()
	if err := setKeep(&task, opt); err != nil {
		return task, nil, err
	}
	var labelled []*rawSplit
	var notes []string
	for _, r := range raws {
		if r.unlabelled {
			notes = append(notes, fmt.Sprintf("%s has no column of labels and is not used", r.base()))
			continue
		}
		if r.unlabelled = allMinusOne(r) && !slices.Contains(opt.Labels, "-1"); r.unlabelled {
			notes = append(notes, fmt.Sprintf("%s has no labels (all -1) and is not used", r.base()))
			continue
		}
		labelled = append(labelled, r)
	}
	if len(labelled) == 0 {
		return task, nil, &FileError{File: raws[0].Path, Problem: "every label is -1, or there is none, so no split has labels", Remedy: "get the labelled files"}
	}
	_, integers := integer(labelled[0].rows[0].label)
	classes, err := namedClasses(labelled)
	if err != nil {
		return task, nil, err
	}
	var note string
	switch {
	case integers && classes != nil && (!task.Exact || !task.integerNames() || sameNames(task.Classes, classes)):
		note, err = labelsByMetadata(&task, labelled, classes, opt)
	case len(opt.Labels) > 0:
		err = labelsByName(&task, labelled, opt.Labels)
	case task.Exact && (!integers || task.integerNames()):
		err = labelsByName(&task, labelled, task.Classes)
	case integers:
		note, err = labelsByInteger(&task, labelled)
	default:
		note, err = labelsFound(&task, labelled, opt)
	}
	if err != nil {
		return task, nil, err
	}
	if note != "" {
		notes = append(notes, note)
	}
	if note := keepClasses(&task, labelled, opt); note != "" {
		notes = append(notes, note)
	}
	if task.Words == nil {
		task.Words = defaultWords(task.Labels)
	}
	return task, notes, nil
}

// integerNames reports whether the classes are called by numbers: then a number in the files is a name.
func (t Task) integerNames() bool {
	return slices.ContainsFunc(t.Classes, func(c string) bool {
		_, ok := integer(rowio.Cell{Text: c})
		return ok
	})
}

// integer reads a label as an integer: digits, an integral number such as 1.0, or a boolean.
func integer(c rowio.Cell) (int, bool) {
	s := strings.TrimSpace(c.Text)
	if v, err := strconv.Atoi(s); err == nil {
		return v, true
	}
	switch strings.ToLower(s) {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil && v == math.Trunc(v) && math.Abs(v) < 1e9 {
		return int(v), true
	}
	return 0, false
}

func allMinusOne(r *rawSplit) bool {
	for _, row := range r.rows {
		if v, ok := integer(row.label); !ok || v != -1 {
			return false
		}
	}
	return true
}

// setCount fills in the number of classes of a task that had none.
func (t *Task) setCount(n int) {
	if t.Labels == 0 {
		t.Labels = n
		if len(t.Keep) > 0 && t.Of == 0 {
			t.Of = n
		}
	}
}

// setClasses records the classes' names, which are the verbalizer's words where there are no others.
func (t *Task) setClasses(names []string) {
	t.Classes = slices.Clone(names)
	if len(names) > 4 && len(t.Words) == 0 {
		t.Words = single(names...)
	}
}
