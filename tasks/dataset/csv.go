package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV reads RFC 4180: cells in quotation marks may hold commas, doubled quotation marks and line ends.
func readCSV(br *bufio.Reader, yield func(record) error) error {
	cr := csv.NewReader(br)
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
		rec := record{row: row, cells: make([]cell, len(fields))}
		for i, f := range fields {
			if strings.IndexByte(f, 0) >= 0 {
				return nulError(row)
			}
			rec.cells[i].text = f
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

func writeCSV(w io.Writer, names []string, header bool, rows [][]cell) error {
	cw := csv.NewWriter(w)
	if header {
		if err := cw.Write(names); err != nil {
			return err
		}
	}
	for _, r := range rows {
		fields := make([]string, len(r))
		for i, c := range r {
			fields[i] = c.text
		}
		if err := cw.Write(fields); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}
