package dataset

import (
	"fmt"
	"maps"
	"slices"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// namedClasses are the class names that the files' metadata give the integers of the label column, nil if there are none.
func namedClasses(raws []*rawSplit) ([]string, error) {
	first := raws[0]
	for _, r := range raws[1:] {
		if !slices.Equal(r.classes, first.classes) {
			return nil, &FileError{File: r.Path, Column: r.labelName(), Problem: fmt.Sprintf("names the classes %s where %s names %s", list(r.classes), first.base(), list(first.classes)),
				Remedy: "save the splits with the same features"}
		}
	}
	if len(first.classes) < 2 {
		return nil, nil // what can be wrong then is told of the integers
	}
	return first.classes, nil
}

// labelsByMetadata reads integers whose classes the files name. The names decide the order where the task, or the caller, has the same ones in another.
func labelsByMetadata(task *Task, raws []*rawSplit, classes []string, opt Options) (note string, err error) {
	for _, r := range raws {
		r.labels = make([]int, len(r.rows))
		for i, row := range r.rows {
			v, ok := integer(row.label)
			if !ok || v < 0 || v >= len(classes) {
				return "", r.at(i, fmt.Sprintf("label %s is outside 0…%d: the file names %s", quote(row.label.Text), len(classes)-1, amount.Of(len(classes), "class")), "mend the row")
			}
			r.labels[i] = v
		}
	}
	order := task.Classes
	if len(opt.Labels) > 0 {
		order = opt.Labels
	}
	if !slices.Equal(folded(order), folded(classes)) && sameNames(order, classes) {
		for _, r := range raws {
			for i := range r.rows {
				r.rows[i].label = rowio.Cell{Text: classes[r.labels[i]], Kind: rowio.String}
			}
		}
		return "classes are told apart by the names that the files give them", labelsByName(task, raws, order)
	}
	switch n := max(task.Labels, task.Of); {
	case len(opt.Labels) > 0:
		return "", labelsByName(task, raws, opt.Labels)
	case n > 0 && n != len(classes):
		return labelsByInteger(task, raws)
	}
	task.setCount(len(classes))
	if len(task.Classes) == 0 {
		task.setClasses(classes)
	}
	return "", nil
}

func folded(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fold(n)
	}
	return out
}

// sameNames reports whether two lists hold the same names in any order, each once.
func sameNames(a, b []string) bool {
	set := func(names []string) map[string]bool {
		m := map[string]bool{}
		for _, n := range folded(names) {
			m[n] = true
		}
		return m
	}
	sa := set(a)
	return len(a) == len(b) && len(sa) == len(a) && maps.Equal(sa, set(b))
}
