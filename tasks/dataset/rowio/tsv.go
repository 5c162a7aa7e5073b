package rowio

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// readTSV splits lines at tabs and does nothing else: no quoting, no escapes.
func readTSV(br *bufio.Reader, yield func(Row) error) error {
	return eachLine(br, func(row int, line []byte) error {
		if len(line) == 0 {
			return nil
		}
		parts := strings.Split(string(line), "\t")
		rec := Row{Number: row, Cells: make([]Cell, len(parts))}
		for i, p := range parts {
			rec.Cells[i].Text = p
		}
		return yield(rec)
	})
}

type tsvWriter struct{ io.Writer }

func newTSVWriter(w io.Writer, t Table) (rowWriter, error) {
	tw := tsvWriter{w}
	if !t.Header {
		return tw, nil
	}
	names := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		names[i].Text = c.Name
	}
	return tw, tw.Write(names)
}

func (w tsvWriter) Write(cells []Cell) error {
	var line []byte
	for i, c := range cells {
		if strings.ContainsAny(c.Text, "\t\n\x00") {
			return fmt.Errorf("%s holds a tab or a line end, which a TSV cannot", Quote(c.Text))
		}
		if i > 0 {
			line = append(line, '\t')
		}
		line = append(line, c.Text...)
	}
	_, err := w.Writer.Write(append(line, '\n'))
	return err
}

func (tsvWriter) Flush() error { return nil }
