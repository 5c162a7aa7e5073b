package rowio

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV reads RFC 4180: cells in quotation marks may hold commas, doubled quotation marks and line ends.
func readCSV(br *bufio.Reader, yield func(Row) error) error {
	cr := csv.NewReader(&quotedCR{br: br})
	cr.FieldsPerRecord = -1 // counted later, with a message of our own
	for {
		fields, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		row, _ := cr.FieldPos(0)
		rec := Row{Number: row, Cells: make([]Cell, len(fields))}
		for i, f := range fields {
			if strings.IndexByte(f, 0) >= 0 {
				return nulError(row)
			}
			rec.Cells[i].Text = f
		}
		if err := yield(rec); err != nil {
			return err
		}
	}
}

func csvError(err error) error {
	pe, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	fe := &FileError{Row: pe.StartLine, Problem: "bad CSV", Err: pe.Err}
	switch {
	case errors.Is(pe.Err, csv.ErrBareQuote):
		fe.Problem, fe.Err = "a quotation mark inside a cell that is not quoted", nil
		fe.Remedy = `write the cell as "… ""quoted"" …", or save the file as .tsv, where quotation marks mean nothing`
	case errors.Is(pe.Err, csv.ErrQuote):
		fe.Problem, fe.Err = "a quoted cell that does not end", nil
		fe.Remedy = `close it, and double every quotation mark inside it ("")`
	}
	return fe
}

type csvWriter struct{ *csv.Writer }

func newCSVWriter(w io.Writer, t Table) (rowWriter, error) {
	cw := csvWriter{csv.NewWriter(w)}
	if !t.Header {
		return cw, nil
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return cw, cw.Writer.Write(names)
}

func (w csvWriter) Write(cells []Cell) error {
	fields := make([]string, len(cells))
	for i, c := range cells {
		fields[i] = c.Text
	}
	return w.Writer.Write(fields)
}

func (w csvWriter) Flush() error {
	w.Writer.Flush()
	return w.Error()
}
