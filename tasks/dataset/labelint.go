package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// labelsByInteger takes labels 0 … n-1, or 1 … n if 0 never and n does occur.
func labelsByInteger(task *Task, raws []*rawSplit) (note string, err error) {
	seen := map[int]bool{}
	for _, r := range raws {
		r.labels = make([]int, len(r.rows))
		for i, row := range r.rows {
			v, ok := integer(row.label)
			if !ok {
				return "", r.at(i, quote(row.label.Text)+" is not an integer, as the labels before it are", "mend the row, or name the classes with --labels")
			}
			r.labels[i] = v
			seen[v] = true
		}
	}
	values := slices.Sorted(maps.Keys(seen))
	low, high := values[0], values[len(values)-1]
	n, offset := task.Labels, 0
	switch {
	case n == 0 && (low == 0 || low == 1) && high-low == len(values)-1 && len(values) <= maxClasses:
		n, offset = len(values), low
	case n == 0:
		return "", &FileError{File: raws[0].Path, Column: raws[0].labelName(), Problem: "the labels " + some(values) + " are not 0, 1, … without a gap",
			Remedy: "name the classes in their order with --labels"}
	case low >= 0 && high < n:
	case low >= 0 && high < task.Of:
		n = task.Of
	case low == 1 && high == n:
		offset = 1
	case low == 1 && high == task.Of:
		n, offset = task.Of, 1
	default:
		return "", outside(task, raws, n)
	}
	for _, r := range raws {
		for i := range r.labels {
			r.labels[i] -= offset
		}
	}
	task.setCount(n)
	if offset == 1 {
		note = fmt.Sprintf("the labels are 1…%d and were read as 0…%d", n, n-1)
	}
	return note, nil
}

func some(values []int) string {
	var b strings.Builder
	for i, v := range values[:min(len(values), 8)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(v))
	}
	if len(values) > 8 {
		b.WriteString(", …")
	}
	return b.String()
}

// outside finds the first label outside 0 … n-1.
func outside(task *Task, raws []*rawSplit, n int) error {
	n = max(n, task.Of)
	for _, r := range raws {
		for i, v := range r.labels {
			if v < 0 || v >= n {
				return r.at(i, fmt.Sprintf("label %d is outside 0…%d: %s has %s", v, n-1, task.Name, amount.Of(n, "label")),
					"mend the row, choose another --task_type, or name the classes with --labels")
			}
		}
	}
	return nil
}
