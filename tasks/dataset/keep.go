package dataset

import (
	"fmt"
	"slices"

	"github.com/skillneuron/skillneuron/internal/amount"
)

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
		return Usagef("--keep_classes %v: it takes two or more different class indices, counted from 0", opt.Keep)
	}
	if top := slices.Max(opt.Keep); task.Of > 0 && top >= task.Of {
		return Usagef("--keep_classes names class %d, but %s has classes 0…%d", top, task.Name, task.Of-1)
	}
	task.Keep = slices.Clone(opt.Keep)
	if task.Labels != len(opt.Keep) && task.Labels != task.Of {
		return Usagef("--keep_classes names %s, but %s has %d", amount.Of(len(opt.Keep), "class"), task.Name, task.Labels)
	}
	return nil
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
		return fmt.Sprintf("the files hold %s only, taken to be those of %s", amount.Of(task.Labels, "class"), task.Name)
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
