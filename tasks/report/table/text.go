package table

import (
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// Text writes the table for a terminal: the caption, the columns aligned under their names with a rule below, the notes.
func (t Table) Text(w io.Writer) error {
	if err := t.Check(); err != nil {
		return err
	}
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString(oneLine(t.Caption) + "\n")
	}
	numeric := t.Numeric()
	width := make([]int, len(t.Columns))
	for c, name := range t.Columns {
		width[c] = uniseg.StringWidth(oneLine(name))
		for _, row := range t.Rows {
			width[c] = max(width[c], uniseg.StringWidth(oneLine(row[c])))
		}
	}
	line := func(cells []string) {
		var l strings.Builder
		for c, cell := range cells {
			if c > 0 {
				l.WriteString("  ")
			}
			cell = oneLine(cell)
			pad := strings.Repeat(" ", width[c]-uniseg.StringWidth(cell))
			if numeric[c] {
				l.WriteString(pad + cell)
			} else {
				l.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	if len(t.Columns) > 0 {
		line(t.Columns)
		rules := make([]string, len(width))
		for c, n := range width {
			rules[c] = strings.Repeat("─", n)
		}
		line(rules)
		for _, row := range t.Rows {
			line(row)
		}
	}
	for _, n := range t.Notes {
		b.WriteString(oneLine(n) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oneLine keeps a cell on its line and free of control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
