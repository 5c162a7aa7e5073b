package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// columns says where in a file's rows the texts and the label stand.
type columns struct {
	text   []int    // positions of the text cells
	label  int      // position of the label rowio.Cell
	names  []string // names of the text columns, then of the label column; numbers where the file has no header
	named  bool     // rows carry their names: positions are looked up in each
	header bool     // the first row is a header
	width  int      // cells in every row, where rows carry no names
	join   *string  // joins the text cells to one text
	cut    string   // divides the one text cell into a pair
}

// pair reports whether a row has two texts.
func (c columns) pair() bool { return c.cut != "" || len(c.names) == 3 && c.join == nil }

// usualColumns are tried, in this order, for a task that names none.
var usualColumns = [][]string{{"text"}, {"sentence"}, {"premise", "hypothesis"}, {"question", "sentence"},
	{"question1", "question2"}, {"sentence1", "sentence2"}, {"tweet"}}

// chooseColumns decides from a file's first row.
func chooseColumns(task Task, opt Options, named bool, first rowio.Row) (columns, error) {
	texts := opt.Columns
	if len(texts) == 0 {
		texts = task.Columns
	}
	label := opt.LabelColumn
	if label == "" {
		label = task.Label
	}
	names := first.Names
	if !named {
		for _, c := range first.Cells {
			names = append(names, strings.TrimSpace(c.Text))
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
	if named {
		return namedColumns(first, texts, label)
	}
	header := opt.Header == HeaderYes
	if opt.Header == HeaderAuto {
		header = isNamed(names, label) || len(texts) > 0 && !slices.ContainsFunc(texts, func(t string) bool { return !isNamed(names, t) })
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

// isNamed reports whether a first row names the column: a number is a position, and the same number in a row is data.
func isNamed(names []string, ref string) bool {
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

func namedColumns(first rowio.Row, texts []string, label string) (columns, error) {
	if len(texts) == 0 {
		return columns{}, &FileError{Row: first.Number, Problem: "no text column known: there is " + list(first.Names), Remedy: columnRemedy}
	}
	c := columns{named: true}
	for _, name := range append(slices.Clone(texts), label) {
		i := position(first.Names, name)
		if i < 0 {
			return columns{}, missingColumn(first.Number, name, first.Names)
		}
		c.names = append(c.names, first.Names[i])
	}
	return c, nil
}

func headerColumns(first rowio.Row, names, texts []string, label string) (columns, error) {
	if len(texts) == 0 {
		return columns{}, &FileError{Row: first.Number, Problem: "no text column known: the header is " + list(names), Remedy: columnRemedy}
	}
	c := columns{header: true, width: len(names)}
	for _, ref := range append(slices.Clone(texts), label) {
		i := position(names, ref)
		if i < 0 {
			n, err := strconv.Atoi(ref)
			if err != nil || n < 1 || n > len(names) {
				return columns{}, missingColumn(first.Number, ref, names)
			}
			i = n - 1
		} else if slices.Contains(names[i+1:], names[i]) {
			return columns{}, &FileError{Row: first.Number, Column: strconv.Quote(names[i]), Problem: "is there twice in the header", Remedy: "rename one of them, or give --header yes and numbers from 1 with --columns and --label_column"}
		}
		c.text = append(c.text, i)
		c.names = append(c.names, names[i])
	}
	c.label, c.text = c.text[len(texts)], c.text[:len(texts)]
	return c, nil
}

func positionalColumns(first rowio.Row, task Task, opt Options, texts []string) (columns, error) {
	c := columns{width: len(first.Cells)}
	if len(opt.Columns) > 0 || opt.LabelColumn != "" {
		refs := append(slices.Clone(opt.Columns), opt.LabelColumn)
		if len(opt.Columns) == 0 || opt.LabelColumn == "" {
			return columns{}, &FileError{Row: first.Number, Problem: "no header names the columns",
				Remedy: "give both --columns and --label_column as 1-based numbers, or the file a header (--header yes)"}
		}
		for _, ref := range refs {
			n, err := strconv.Atoi(ref)
			if err != nil {
				return columns{}, &FileError{Row: first.Number, Column: strconv.Quote(ref), Problem: "is not named: the row is no header, it holds " + firstCells(first),
					Remedy: "name the columns by 1-based numbers, or use --header yes if it is a header"}
			}
			if n < 1 || n > c.width {
				return columns{}, &FileError{Row: first.Number, Column: ref, Problem: "is missing: the row has " + amount.Of(c.width, "cell"), Remedy: columnRemedy}
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
	if n < 1 || n > 2 && task.Separator == nil || c.width != n+1 {
		want := "one or two text columns and then the label"
		if len(texts) > 0 {
			want = strings.Join(texts, ", ") + ", " + task.Label
		}
		return columns{}, &FileError{Row: first.Number, Problem: fmt.Sprintf("has %s, wanted are %s", amount.Of(c.width, "cell"), want),
			Remedy: columnRemedy + ", by 1-based number or by the header's names"}
	}
	for i := range n + 1 {
		c.text = append(c.text, i)
		c.names = append(c.names, strconv.Itoa(i+1))
	}
	c.label, c.text = n, c.text[:n]
	return c, nil
}

func firstCells(r rowio.Row) string {
	var cells []string
	for _, c := range r.Cells[:min(len(r.Cells), 3)] {
		cells = append(cells, c.Text)
	}
	return list(cells)
}

// pick takes the texts and the label out of a row.
func (c columns) pick(r rowio.Row) (text, pair string, label rowio.Cell, err error) {
	at := func(i int) (rowio.Cell, error) {
		if !c.named {
			if i == len(c.text) {
				return r.Cells[c.label], nil
			}
			return r.Cells[c.text[i]], nil
		}
		p := slices.Index(r.Names, c.names[i])
		if p < 0 {
			return rowio.Cell{}, missingColumn(r.Number, c.names[i], r.Names)
		}
		return r.Cells[p], nil
	}
	if !c.named && len(r.Cells) != c.width {
		fe := &FileError{Row: r.Number, Problem: fmt.Sprintf("has %s where the first row has %d", amount.Of(len(r.Cells), "cell"), c.width)}
		fe.Remedy = "mend the row"
		if len(r.Cells) > c.width {
			fe.Remedy = "a text must not hold the separator unless it is quoted CSV"
		}
		return "", "", rowio.Cell{}, fe
	}
	n := len(c.names) - 1
	texts := make([]string, max(n, 2))
	for i := range n {
		t, err := at(i)
		if err != nil {
			return "", "", rowio.Cell{}, err
		}
		if t.Kind != rowio.Untyped && t.Kind != rowio.String {
			return "", "", rowio.Cell{}, &FileError{Row: r.Number, Column: strconv.Quote(c.names[i]), Problem: "is " + t.Is() + ", wanted is a string", Remedy: "mend the row, or " + columnRemedy}
		}
		texts[i] = t.Text
	}
	label, err = at(n)
	if err == nil && (label.Kind >= rowio.Null || strings.TrimSpace(label.Text) == "") {
		what := label.Is()
		if label.Kind <= rowio.String {
			what = "empty"
		}
		err = &FileError{Row: r.Number, Column: c.labelName(), Problem: "is " + what + ", wanted is a label", Remedy: "mend the row, or " + columnRemedy}
	}
	switch {
	case err != nil:
		return "", "", rowio.Cell{}, err
	case c.join != nil:
		return strings.Join(texts[:n], *c.join), "", label, nil
	case c.cut != "":
		a, b, ok := strings.Cut(texts[0], c.cut)
		if !ok {
			return "", "", rowio.Cell{}, &FileError{Row: r.Number, Column: strconv.Quote(c.names[0]), Problem: "does not hold " + quote(c.cut) + ", which divides it into two texts", Remedy: "mend the row, or " + columnRemedy}
		}
		return a, b, label, nil
	}
	return texts[0], texts[1], label, nil
}

// labelName names the label column in errors: quoted if it is a name, bare if it is a number.
func (c columns) labelName() string {
	name := c.names[len(c.names)-1]
	if c.named || c.header {
		return strconv.Quote(name)
	}
	return name
}
