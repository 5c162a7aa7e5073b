package dataset

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
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
		if r.unlabelled = allMinusOne(r) && !slices.Contains(opt.Labels, "-1"); r.unlabelled {
			notes = append(notes, fmt.Sprintf("%s has no labels (all -1) and is not used", r.base()))
			continue
		}
		labelled = append(labelled, r)
	}
	if len(labelled) == 0 {
		return task, nil, &FileError{File: raws[0].path, Problem: "every label is -1, so no split has labels", Remedy: "get the labelled files"}
	}
	_, integers := integer(labelled[0].rows[0].label)
	var note string
	var err error
	switch {
	case len(opt.Labels) > 0:
		err = labelsByName(&task, labelled, opt.Labels)
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

// setKeep lets the options choose the classes that make up the task.
func setKeep(task *Task, opt Options) error {
	if len(opt.Keep) == 0 {
		return nil
	}
	if task.Of == 0 {
		task.Of = task.Labels
	}
	sorted := slices.Clone(opt.Keep)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(opt.Keep) || len(opt.Keep) < 2 || sorted[0] < 0 {
		return Usagef("--keep %v: it takes two or more different class indices, counted from 0", opt.Keep)
	}
	if top := slices.Max(opt.Keep); task.Of > 0 && top >= task.Of {
		return Usagef("--keep names class %d, but %s has classes 0…%d", top, task.Name, task.Of-1)
	}
	task.Keep = slices.Clone(opt.Keep)
	if task.Labels != len(opt.Keep) && task.Labels != task.Of {
		return Usagef("--keep names %d classes, but %s has %d", len(opt.Keep), task.Name, task.Labels)
	}
	return nil
}

// integer reads a label as an integer: digits, an integral number such as 1.0, or a boolean.
func integer(c cell) (int, bool) {
	s := strings.TrimSpace(c.text)
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

// labelsByName maps the spellings in names to their index. Integers are taken too if no name is one.
func labelsByName(task *Task, raws []*rawSplit, names []string) error {
	n := max(task.Labels, task.Of)
	if n > 0 && len(names) != n {
		return Usagef("--labels gives %d class names, but %s has %d labels", len(names), task.Name, n)
	}
	if len(names) < 2 {
		return Usagef("--labels gives one class name: a task has two classes or more")
	}
	index := map[string]int{}
	byNumber := true
	for i, name := range names {
		key := fold(name)
		if _, twice := index[key]; twice {
			return Usagef("--labels names the class %q twice", name)
		}
		index[key] = i
		if _, ok := integer(cell{text: name}); ok {
			byNumber = false
		}
	}
	for _, r := range raws {
		r.labels = make([]int, len(r.rows))
		for i, row := range r.rows {
			k, ok := index[fold(row.label.text)]
			if v, isInt := integer(row.label); !ok && byNumber && isInt && v >= 0 && v < len(names) {
				k, ok = v, true
			}
			if !ok {
				return r.at(i, quote(row.label.text)+" is none of the classes "+list(names), "mend the row, or --labels")
			}
			r.labels[i] = k
		}
	}
	task.setCount(len(names))
	task.setClasses(names)
	return nil
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

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
		t.Words = slices.Clone(names)
	}
}

// labelsByInteger takes labels 0 … n-1, or 1 … n if 0 never and n does occur.
func labelsByInteger(task *Task, raws []*rawSplit) (note string, err error) {
	seen := map[int]bool{}
	for _, r := range raws {
		r.labels = make([]int, len(r.rows))
		for i, row := range r.rows {
			v, ok := integer(row.label)
			if !ok {
				return "", r.at(i, quote(row.label.text)+" is not an integer, as the labels before it are", "mend the row, or name the classes with --labels")
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
		return "", &FileError{File: raws[0].path, Column: raws[0].labelName(), Problem: "the labels " + some(values) + " are not 0, 1, … without a gap",
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
				return r.at(i, fmt.Sprintf("label %d is outside 0…%d: %s has %d labels", v, n-1, task.Name, n),
					"mend the row, choose another --task_type, or name the classes with --labels")
			}
		}
	}
	return nil
}

// labelsFound takes the names that the files use: the task's own if they are among them, else sorted.
func labelsFound(task *Task, raws []*rawSplit, opt Options) (note string, err error) {
	sets := make([]map[string]int, len(raws)) // name → first row
	for k, r := range raws {
		sets[k] = map[string]int{}
		for i, row := range r.rows {
			name := strings.TrimSpace(row.label.text)
			if _, ok := integer(row.label); ok {
				if i == 1 {
					return "", r.at(0, quote(r.rows[0].label.text)+" is not an integer, as the labels after it are",
						"use --header yes if the row is a header, else mend it")
				}
				return "", r.at(i, quote(name)+" is an integer where the labels before it are names", "mend the row, or name the classes with --labels")
			}
			if _, ok := sets[k][name]; !ok {
				sets[k][name] = i
			}
			if len(sets[k]) > maxClasses {
				return "", r.at(i, fmt.Sprintf("more than %d different values, so these are not labels", maxClasses), columnRemedy)
			}
		}
	}
	if len(task.Classes) > 0 && within(sets, task.Classes) {
		return "", labelsByName(task, raws, task.Classes)
	}
	names := slices.Sorted(maps.Keys(sets[0]))
	for k := 1; k < len(raws); k++ {
		for _, name := range slices.Sorted(maps.Keys(sets[k])) {
			if _, ok := sets[0][name]; !ok {
				return "", raws[k].at(sets[k][name], fmt.Sprintf("class %s does not occur in %s", quote(name), raws[0].base()), "mend the row, or name all classes with --labels")
			}
		}
		for _, name := range names {
			if _, ok := sets[k][name]; !ok {
				return "", raws[0].at(sets[0][name], fmt.Sprintf("class %s does not occur in %s", quote(name), raws[k].base()), "mend the row, or name all classes with --labels")
			}
		}
	}
	if err := headerTaken(raws, opt); err != nil {
		return "", err
	}
	n := max(task.Labels, task.Of)
	if n > 0 && len(names) != n {
		// The last class to turn up is the likeliest slip of the pen.
		last := slices.MaxFunc(names, func(a, b string) int { return sets[0][a] - sets[0][b] })
		return "", raws[0].at(sets[0][last], fmt.Sprintf("%s is class number %d of %s, but %s has %d labels", quote(last), len(names), list(names), task.Name, n),
			"mend the row, choose another --task_type, or name the classes with --labels")
	}
	if err := labelsByName(task, raws, names); err != nil {
		return "", err
	}
	return fmt.Sprintf("classes found in the files, in this order: %s", strings.Join(names, ", ")), nil
}

func within(sets []map[string]int, names []string) bool {
	for _, set := range sets {
		for name := range set {
			if !slices.ContainsFunc(names, func(n string) bool { return fold(n) == fold(name) }) {
				return false
			}
		}
	}
	return true
}

// headerTaken notices a header that was read as data: in every file the first row's class occurs nowhere else, and every
// other class does.
func headerTaken(raws []*rawSplit, opt Options) error {
	for _, r := range raws {
		if opt.Header != HeaderAuto || r.named || r.header {
			return nil
		}
		count := map[string]int{}
		for _, row := range r.rows {
			count[row.label.text]++
		}
		first := r.rows[0].label.text
		for name, n := range count {
			if (name == first) != (n == 1) {
				return nil
			}
		}
	}
	return raws[0].at(0, fmt.Sprintf("class %s occurs in this row only: is it a header?", quote(raws[0].rows[0].label.text)), "use --header yes, or --header no if it is data")
}

// keepClasses drops the rows of other classes and renumbers the kept ones.
func keepClasses(task *Task, raws []*rawSplit, opt Options) string {
	if len(task.Keep) == 0 {
		return ""
	}
	high := 0
	for _, r := range raws {
		high = max(high, slices.Max(r.labels))
	}
	names := make([]string, 0, len(task.Keep))
	if len(task.Classes) == task.Of {
		for _, k := range task.Keep {
			names = append(names, task.Classes[k])
		}
	}
	task.Classes = names
	if len(opt.Keep) == 0 && high < task.Labels {
		return fmt.Sprintf("the files hold %d classes only, taken to be those of %s", task.Labels, task.Name)
	}
	index := map[int]int{}
	for i, k := range task.Keep {
		index[k] = i
	}
	for _, r := range raws {
		for i, v := range r.labels {
			k, ok := index[v]
			if !ok {
				k = dropped
			}
			r.labels[i] = k
		}
	}
	if task.Labels != len(task.Keep) {
		task.Labels, task.Words = len(task.Keep), nil
	}
	return fmt.Sprintf("classes %v of %d kept", task.Keep, task.Of)
}
