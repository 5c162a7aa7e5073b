package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// readJSON reads one object a line or, if the first character is a bracket, one array of objects.
func readJSON(br *bufio.Reader, yield func(record) error) error {
	if first, err := firstByte(br); err != nil {
		return err
	} else if first == '[' {
		return readJSONArray(br, yield)
	}
	return eachLine(br, func(row int, line []byte) error {
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		rec, err := jsonRecord(row, line)
		if err != nil {
			return err
		}
		return yield(rec)
	})
}

// firstByte looks for the first byte that is not blank, as far as one buffer reaches; 0 if there is none.
func firstByte(br *bufio.Reader) (byte, error) {
	for n := 1; n <= br.Size(); n++ {
		head, err := br.Peek(n)
		if len(head) < n {
			if err == io.EOF {
				err = nil
			}
			return 0, err
		}
		if c := head[n-1]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, nil
		}
	}
	return 0, nil
}

func readJSONArray(br *bufio.Reader, yield func(record) error) error {
	dec := json.NewDecoder(br)
	if _, err := dec.Token(); err != nil {
		return err
	}
	row := 1
	for ; dec.More(); row++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return jsonError(row, err)
		}
		rec, err := jsonRecord(row, raw)
		if err != nil {
			return err
		}
		if err := yield(rec); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return jsonError(row, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return &FileError{Row: row, Problem: "something stands after the array's end", Remedy: "write one array of objects, or one object a line"}
	}
	return nil
}

const jsonRemedy = "write one object a line, or one array of objects"

func jsonError(row int, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FileError{Row: row, Problem: "the JSON ends in the middle", Err: io.ErrUnexpectedEOF, Remedy: "fetch the file again"}
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &FileError{Row: row, Problem: "bad JSON", Err: err, Remedy: jsonRemedy}
	}
	return err
}

// jsonRecord takes one object apart. Columns come in the order of their names, because an object has none of its own.
func jsonRecord(row int, raw []byte) (record, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		if se, ok := errors.AsType[*json.SyntaxError](err); ok {
			return record{}, &FileError{Row: row, Problem: "bad JSON", Err: se, Remedy: jsonRemedy}
		}
		return record{}, &FileError{Row: row, Problem: "is not a JSON object", Remedy: jsonRemedy}
	}
	rec := record{row: row}
	for name := range fields {
		rec.names = append(rec.names, name)
	}
	slices.Sort(rec.names)
	for _, name := range rec.names {
		c, err := jsonCell(fields[name])
		if err != nil {
			return record{}, &FileError{Row: row, Column: fmt.Sprintf("%q", name), Problem: err.Error(), Remedy: "save the text as UTF-8"}
		}
		rec.cells = append(rec.cells, c)
	}
	return rec, nil
}

var errNUL = errors.New("holds a NUL character")

func jsonCell(raw json.RawMessage) (cell, error) {
	switch raw[0] {
	case '"':
		s := unquoteJSON(raw)
		if bytes.IndexByte(s, 0) >= 0 {
			return cell{}, errNUL
		}
		return cell{string(s), str}, nil
	case 't', 'f':
		return cell{string(raw), boolean}, nil
	case 'n':
		return cell{"", null}, nil
	case '[', '{':
		return cell{"", compound}, nil
	}
	return cell{string(raw), number}, nil
}

func writeJSONLines(w io.Writer, names []string, _ bool, rows [][]cell) error {
	bw := bufio.NewWriter(w)
	for _, r := range rows {
		_, _ = bw.Write(append(objectJSON(names, r), '\n'))
	}
	return bw.Flush()
}

func writeJSONArray(w io.Writer, names []string, _ bool, rows [][]cell) error {
	bw := bufio.NewWriter(w)
	_, _ = bw.WriteString("[")
	for i, r := range rows {
		if i > 0 {
			_, _ = bw.WriteString(",")
		}
		_, _ = bw.WriteString("\n")
		_, _ = bw.Write(objectJSON(names, r))
	}
	_, _ = bw.WriteString("\n]\n")
	return bw.Flush()
}

func objectJSON(names []string, cells []cell) []byte {
	b := []byte("{")
	for i, c := range cells {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendJSONString(b, names[i])
		b = append(b, ": "...)
		if c.kind == number {
			b = append(b, c.text...)
		} else {
			b = appendJSONString(b, c.text)
		}
	}
	return append(b, '}')
}
