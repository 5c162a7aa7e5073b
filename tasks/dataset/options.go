package dataset

import (
	"slices"
	"strconv"
)

// Header says whether the first row of a TSV or CSV file names the columns.
type Header string

const (
	HeaderAuto Header = "" // a header is a first row that holds the label column's name, or all text columns' names
	HeaderYes  Header = "yes"
	HeaderNo   Header = "no"
)

// DefaultMaxBytes is the default of Options.MaxBytes: 8 GiB a split.
const DefaultMaxBytes int64 = 8 << 30

// Options change how files are read. The zero value takes everything from the task.
type Options struct {
	Columns     []string // text columns, one, two, or with Separator more: names, or 1-based numbers; empty: the task's
	LabelColumn string   // name or 1-based number; empty: the task's
	Labels      []string // class names by index, as the files spell them; empty: integers, the task's names, or found in the files
	Keep        []int    // classes to keep, in the order of their new indices; empty: the task's, which is mostly all
	Separator   *string  // joins the text columns to one text; nil: the task's, which is mostly one column or a pair
	Header      Header
	MaxBytes    int64 // most bytes that the files of one split may unpack to; 0: DefaultMaxBytes
}

func (o Options) maxBytes() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return DefaultMaxBytes
}

// options completes opt with what a task file says of its files. Columns that it names by numbers are meant as they are on a command line.
func (t Task) options(opt Options) Options {
	if opt.Header == HeaderAuto {
		opt.Header = t.Header
	}
	numbers := func(names []string) bool {
		return len(names) > 0 && !slices.ContainsFunc(names, func(s string) bool {
			_, err := strconv.Atoi(s)
			return err != nil
		})
	}
	if len(opt.Columns) == 0 && opt.LabelColumn == "" && numbers(append(slices.Clone(t.Columns), t.Label)) {
		opt.Columns, opt.LabelColumn = t.Columns, t.Label
	}
	return opt
}
