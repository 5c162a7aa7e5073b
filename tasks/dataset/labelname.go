package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// labelsByName maps the spellings in names to their index. Integers are taken too if no name is one.
func labelsByName(task *Task, raws []*rawSplit, names []string) error {
	n := max(task.Labels, task.Of)
	if n > 0 && len(names) != n {
		return Usagef("--labels gives %s, but %s has %s", amount.Of(len(names), "class name"), task.Name, amount.Of(n, "label"))
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
		if _, ok := integer(rowio.Cell{Text: name}); ok {
			byNumber = false
		}
	}
	for _, r := range raws {
		r.labels = make([]int, len(r.rows))
		for i, row := range r.rows {
			k, ok := index[fold(row.label.Text)]
			if v, isInt := integer(row.label); !ok && byNumber && isInt && v >= 0 && v < len(names) {
				k, ok = v, true
			}
			if !ok {
				return r.at(i, quote(row.label.Text)+" is none of the classes "+list(names), "mend the row, or --labels")
			}
			r.labels[i] = k
		}
	}
	task.setCount(len(names))
	task.setClasses(names)
	return nil
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// labelsFound takes the names that the files use: the task's own if they are among them, else sorted. Case does not
// tell classes apart, as it does not in names that are given.
func labelsFound(task *Task, raws []*rawSplit, opt Options) (note string, err error) {
	sets := make([]map[string]int, len(raws)) // folded name → first row
	spelled := map[string]string{}            // folded name → as first written
	for k, r := range raws {
		sets[k] = map[string]int{}
		for i, row := range r.rows {
			name := strings.TrimSpace(row.label.Text)
			if _, ok := integer(row.label); ok {
				if i == 1 {
					return "", r.at(0, quote(r.rows[0].label.Text)+" is not an integer, as the labels after it are",
						"use --header yes if the row is a header, else mend it")
				}
				return "", r.at(i, quote(name)+" is an integer where the labels before it are names", "mend the row, or name the classes with --labels")
			}
			key := fold(name)
			if _, ok := sets[k][key]; !ok {
				sets[k][key] = i
			}
			if _, ok := spelled[key]; !ok {
				spelled[key] = name
			}
			if len(sets[k]) > maxClasses {
				return "", r.at(i, fmt.Sprintf("more than %d different values, so these are not labels", maxClasses), columnRemedy)
			}
		}
	}
	if len(task.Classes) > 0 && within(sets, task.Classes) {
		return "", labelsByName(task, raws, task.Classes)
	}
	if err := sameClasses(raws, sets, spelled); err != nil {
		return "", err
	}
	if err := headerTaken(raws, opt); err != nil {
		return "", err
	}
	keys := slices.Sorted(maps.Keys(sets[0]))
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = spelled[key]
	}
	n := max(task.Labels, task.Of)
	if n > 0 && len(names) != n {
		// The last class to turn up is the likeliest slip of the pen.
		last := slices.MaxFunc(keys, func(a, b string) int { return sets[0][a] - sets[0][b] })
		return "", raws[0].at(sets[0][last], fmt.Sprintf("%s is class number %d of %s, but %s has %s", quote(spelled[last]), len(names), list(names), task.Name, amount.Of(n, "label")),
			"mend the row, choose another --task_type, or name the classes with --labels")
	}
	if len(names) < 2 {
		return "", raws[0].at(0, "every row has the class "+quote(names[0]), "a task needs rows of at least two classes in every split")
	}
	if err := labelsByName(task, raws, names); err != nil {
		return "", err
	}
	return "classes found in the files, in this order: " + strings.Join(names, ", "), nil
}

// sameClasses wants every split to have the classes of the first one.
func sameClasses(raws []*rawSplit, sets []map[string]int, spelled map[string]string) error {
	missing := func(here, there int) error {
		for _, key := range slices.Sorted(maps.Keys(sets[here])) {
			if _, ok := sets[there][key]; !ok {
				return raws[here].at(sets[here][key], fmt.Sprintf("class %s does not occur in %s", quote(spelled[key]), raws[there].base()),
					"mend the row, or name all classes with --labels")
			}
		}
		return nil
	}
	for k := 1; k < len(raws); k++ {
		if err := missing(k, 0); err != nil {
			return err
		}
		if err := missing(0, k); err != nil {
			return err
		}
	}
	return nil
}

func within(sets []map[string]int, names []string) bool {
	for _, set := range sets {
		for key := range set {
			if !slices.ContainsFunc(names, func(n string) bool { return fold(n) == key }) {
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
			count[fold(row.label.Text)]++
		}
		first := fold(r.rows[0].label.Text)
		for name, n := range count {
			if (name == first) != (n == 1) {
				return nil
			}
		}
	}
	return raws[0].at(0, fmt.Sprintf("class %s occurs in this row only: is it a header?", quote(raws[0].rows[0].label.Text)), "use --header yes, or --header no if it is data")
}
