package table

import (
	"io"
	"strings"
)

// Markdown writes the table as GitHub's Markdown: the caption in bold, the table, each note as a paragraph.
func (t Table) Markdown(w io.Writer) error {
	if err := t.Check(); err != nil {
		return err
	}
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString("**" + escape(t.Caption) + "**\n\n")
	}
	if len(t.Columns) > 0 {
		row := func(cells []string) {
			b.WriteString("|")
			for _, c := range cells {
				b.WriteString(" " + escape(c) + " |")
			}
			b.WriteString("\n")
		}
		row(t.Columns)
		b.WriteString("|")
		for _, n := range t.Numeric() {
			if n {
				b.WriteString(" ---: |")
			} else {
				b.WriteString(" --- |")
			}
		}
		b.WriteString("\n")
		for _, r := range t.Rows {
			row(r)
		}
	}
	for _, n := range t.Notes {
		b.WriteString("\n" + escape(n) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `<`, `&lt;`, `>`, `&gt;`, `&`, `&amp;`, `*`, `\*`, `_`, `\_`, "`", "\\`", `[`, `\[`, `]`, `\]`)

// escape makes text mean itself inside a Markdown table.
func escape(s string) string { return markdownEscapes.Replace(oneLine(s)) }
