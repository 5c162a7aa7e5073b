package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// columns says where in a file's rows the texts and the label stand.
type columns struct {
	text   []int    // positions of the text cells
	label  int      // position of the label cell
	names  []string // names of the text columns, then of the label column; numbers where the file has no header
	named  bool     // rows carry their names: positions are looked up in each
	header bool     // the first row is a header
	width  int      // cells in every row, where rows carry no names
}

// usualColumns are tried, in this order, for a task that names none.
var usualColumns = [][]string{{"text"}, {"sentence"}, {"premise", "hypothesis"}, {"question", "sentence"},
	{"question1", "question2"}, {"sentence1", "sentence2"}, {"tweet"}}

// chooseColumns decides from a file's first row.
func chooseColumns(task Task, opt Options, f format, first record) (columns, error) {
	texts := opt.Columns
	if len(texts) == 0 {
		texts = task.Columns
	}
	label := opt.LabelColumn
	if label == "" {
		label = task.Label
	}
	names := first.names
	if !f.named {
		for _, c := range first.cells {
			names = append(names, strings.TrimSpace(c.text))
		}
	}
	if len(texts) == 0 && len(opt.Columns) == 0 {
		for _, usual := range usualColumns {
			// A pair's second column may also be the only one of another row: pairs win if they are whole.
			if hasAll(names, usual) && (len(usual) == 2 || !pairWithin(names, usual[0])) {
				texts = usual
				break
			}
		}
	}
	if f.named {
		return namedColumns(first, texts, label)
	}
	header := opt.Header == HeaderYes
	if opt.Header == HeaderAuto {
		header = named(names, label) || len(texts) > 0 && !slices.ContainsFunc(texts, func(t string) bool { return !named(names, t) })
	}
	if header {
		return headerColumns(first, names, texts, label)
	}
	return positionalColumns(first, task, opt, texts)
}

func pairWithin(names []string, one string) bool {
	for _, usual := range usualColumns {
		if len(usual) == 2 && slices.Contains(usual, one) && hasAll(names, usual) {
			return true
		}
	}
	return false
}

// position finds a column by name: as spelled, else ignoring case; -1 if there is none.
func position(names []string, name string) int {
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// named reports whether a first row names the column: a number is a position, and the same number in a row is data.
func named(names []string, ref string) bool {
	_, err := strconv.Atoi(ref)
	return err != nil && position(names, ref) >= 0
}

func hasAll(names, wanted []string) bool {
	for _, w := range wanted {
		if position(names, w) < 0 {
			return false
		}
	}
	return true
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted[:min(len(quoted), 12)], ", ")
}

const columnRemedy = "say which columns to take with --columns and --label_column"

func missingColumn(row int, name string, names []string) error {
	return &FileError{Row: row, Column: strconv.Quote(name), Problem: "is missing: there is " + list(names), Remedy: columnRemedy}
}

func namedColumns(first record, texts []string, label string) (columns, error) {
	if len(texts) == 0 {
		return columns{}, &FileError{Row: first.row, Problem: "no text column known: there is " + list(first.names), Remedy: columnRemedy}
	}
	c := columns{named: true}
	for _, name := range append(slices.Clone(texts), label) {
		i := position(first.names, name)
		if i < 0 {
			return columns{}, missingColumn(first.row, name, first.names)
		}
		c.names = append(c.names, first.names[i])
	}
	return c, nil
}

func headerColumns(first record, names, texts []string, label string) (columns, error) {
	if len(texts) == 0 {
		return columns{}, &FileError{Row: first.row, Problem: "no text column known: the header is " + list(names), Remedy: columnRemedy}
	}
	c := columns{header: true, width: len(names)}
	for _, ref := range append(slices.Clone(texts), label) {
		i := position(names, ref)
		if i < 0 {
			n, err := strconv.Atoi(ref)
			if err != nil || n < 1 || n > len(names) {
				return columns{}, missingColumn(first.row, ref, names)
			}
			i = n - 1
		}
		c.text = append(c.text, i)
		c.names = append(c.names, names[i])
	}
	c.label, c.text = c.text[len(texts)], c.text[:len(texts)]
	return c, nil
}

func positionalColumns(first record, task Task, opt Options, texts []string) (columns, error) {
	c := columns{width: len(first.cells)}
	if len(opt.Columns) > 0 || opt.LabelColumn != "" {
		refs := append(slices.Clone(opt.Columns), opt.LabelColumn)
		if len(opt.Columns) == 0 || opt.LabelColumn == "" {
			return columns{}, &FileError{Row: first.row, Problem: "no header names the columns",
				Remedy: "give both --columns and --label_column as 1-based numbers, or the file a header (--header yes)"}
		}
		for _, ref := range refs {
			n, err := strconv.Atoi(ref)
			if err != nil {
				return columns{}, &FileError{Row: first.row, Column: strconv.Quote(ref), Problem: "is not named: the row is no header, it holds " + firstCells(first),
					Remedy: "name the columns by 1-based numbers, or use --header yes if it is a header"}
			}
			if n < 1 || n > c.width {
				return columns{}, &FileError{Row: first.row, Column: ref, Problem: fmt.Sprintf("is missing: the row has %d cells", c.width), Remedy: columnRemedy}
			}
			c.text = append(c.text, n-1)
			c.names = append(c.names, ref)
		}
		c.label, c.text = c.text[len(refs)-1], c.text[:len(refs)-1]
		return c, nil
	}
	n := len(texts)
	if n == 0 {
		n = c.width - 1
	}
	if n < 1 || n > 2 || c.width != n+1 {
		want := "one or two text columns and then the label"
		if len(texts) > 0 {
			want = strings.Join(texts, ", ") + ", " + task.Label
		}
		return columns{}, &FileError{Row: first.row, Problem: fmt.Sprintf("has %d cells, wanted are %s", c.width, want),
			Remedy: columnRemedy + ", by 1-based number or by the header's names"}
	}
	for i := range n + 1 {
		c.text = append(c.text, i)
		c.names = append(c.names, strconv.Itoa(i+1))
	}
	c.label, c.text = n, c.text[:n]
	return c, nil
}

func firstCells(r record) string {
	var cells []string
	for _, c := range r.cells[:min(len(r.cells), 3)] {
		cells = append(cells, c.text)
	}
	return list(cells)
}

// pick takes the texts and the label out of a row.
func (c columns) pick(r record) (text, pair string, label cell, err error) {
	at := func(i int) (cell, error) {
		if !c.named {
			if i == len(c.text) {
				return r.cells[c.label], nil
			}
			return r.cells[c.text[i]], nil
		}
		p := slices.Index(r.names, c.names[i])
		if p < 0 {
			return cell{}, missingColumn(r.row, c.names[i], r.names)
		}
		return r.cells[p], nil
	}
	if !c.named && len(r.cells) != c.width {
		fe := &FileError{Row: r.row, Problem: fmt.Sprintf("has %d cells where the first row has %d", len(r.cells), c.width)}
		fe.Remedy = "mend the row"
		if len(r.cells) > c.width {
			fe.Remedy = "a text must not hold the separator unless it is quoted CSV"
		}
		return "", "", cell{}, fe
	}
	texts := [2]string{}
	n := len(c.names) - 1
	for i := range n {
		t, err := at(i)
		if err != nil {
			return "", "", cell{}, err
		}
		if t.kind != untyped && t.kind != str {
			return "", "", cell{}, &FileError{Row: r.row, Column: strconv.Quote(c.names[i]), Problem: "is " + t.kind.String() + ", wanted is a string", Remedy: "mend the row, or " + columnRemedy}
		}
		texts[i] = t.text
	}
	label, err = at(n)
	if err == nil && (label.kind == compound || label.kind == null || strings.TrimSpace(label.text) == "") {
		what := label.kind.String()
		if label.kind == untyped || label.kind == str {
			what = "empty"
		}
		err = &FileError{Row: r.row, Column: c.labelName(), Problem: "is " + what + ", wanted is a label", Remedy: "mend the row, or " + columnRemedy}
	}
	return texts[0], texts[1], label, err
}

// labelName names the label column in errors: quoted if it is a name, bare if it is a number.
func (c columns) labelName() string {
	name := c.names[len(c.names)-1]
	if c.named || c.header {
		return strconv.Quote(name)
	}
	return name
}
