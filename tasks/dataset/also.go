package dataset

import (
	"slices"
	"strconv"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// Also is another way in which the files of a data set are published: its text columns, its label column, and how several columns make a
// text.
type Also struct {
	Columns   []string
	Label     string   // empty: the task's
	Separator *string  // joins the columns to one text; nil: one column, or the two of a pair
	Cut       string   // divides the one column into a pair
	Cells     []string // all columns, in order, of a TSV or CSV without a header
}

// laidOut is the task with the layout that a file's first row shows, and the options that go with it. The row decides by its columns' names,
// then by their number; options that name columns decide before it.
func (t Task) laidOut(opt Options, namedRows bool, first rowio.Row) (Task, Options) {
	if len(t.Also) == 0 || len(opt.Columns) > 0 || opt.LabelColumn != "" {
		return t, opt
	}
	names := first.Names
	if !namedRows {
		for _, c := range first.Cells {
			names = append(names, c.Text)
		}
	}
	if namedRows || opt.Header != HeaderNo {
		if hasAll(names, append(slices.Clone(t.Columns), t.Label)) {
			return t, opt
		}
		for _, l := range t.Also {
			if hasAll(names, append(slices.Clone(l.Columns), l.labelOf(t))) {
				return t.with(l), opt
			}
		}
	}
	if namedRows || opt.Header == HeaderYes || len(names) == len(t.Columns)+1 {
		return t, opt
	}
	for _, l := range t.Also {
		if len(l.Cells) == len(names) {
			opt.Header = HeaderNo
			for _, c := range l.Columns {
				opt.Columns = append(opt.Columns, strconv.Itoa(slices.Index(l.Cells, c)+1))
			}
			opt.LabelColumn = strconv.Itoa(slices.Index(l.Cells, l.labelOf(t)) + 1)
			return t.with(l), opt
		}
	}
	return t, opt
}

// withoutLabel reports whether a first row names the texts and no label, as in GLUE's own test files.
func (t Task) withoutLabel(opt Options, first rowio.Row) bool {
	names := first.Names
	if names == nil {
		for _, c := range first.Cells {
			names = append(names, c.Text)
		}
	}
	if len(opt.Columns) > 0 || opt.LabelColumn != "" {
		return false // what is named has to be there
	}
	texts := len(t.Columns) > 0 && hasAll(names, t.Columns)
	label := position(names, t.Label) >= 0
	for _, l := range t.Also {
		texts = texts || hasAll(names, l.Columns)
		label = label || position(names, l.labelOf(t)) >= 0
	}
	return texts && !label
}

func (l Also) labelOf(t Task) string {
	if l.Label != "" {
		return l.Label
	}
	return t.Label
}

// with is the task read by another layout. Its own columns stay the first ones that are looked for in files that this package writes.
func (t Task) with(l Also) Task {
	t.Columns, t.Label, t.Separator, t.Cut = l.Columns, l.labelOf(t), l.Separator, l.Cut
	return t
}
