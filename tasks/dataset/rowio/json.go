package rowio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readJSON reads one object a line or, if the first character is a bracket, one array of objects.
func readJSON(br *bufio.Reader, yield func(Row) error) error {
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

func readJSONArray(br *bufio.Reader, yield func(Row) error) error {
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
func jsonRecord(row int, raw []byte) (Row, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		if se, ok := errors.AsType[*json.SyntaxError](err); ok {
			return Row{}, &FileError{Row: row, Problem: "bad JSON", Err: se, Remedy: jsonRemedy}
		}
		return Row{}, &FileError{Row: row, Problem: "is not a JSON object", Remedy: jsonRemedy}
	}
	rec := Row{Number: row}
	for name := range fields {
		rec.Names = append(rec.Names, name)
	}
	slices.Sort(rec.Names)
	for _, name := range rec.Names {
		c, err := jsonCell(fields[name])
		if err != nil {
			return Row{}, &FileError{Row: row, Column: fmt.Sprintf("%q", name), Problem: err.Error(), Remedy: "save the text as UTF-8"}
		}
		rec.Cells = append(rec.Cells, c)
	}
	return rec, nil
}

var errNUL = errors.New("holds a NUL character")

func hasNUL(s string) bool { return strings.IndexByte(s, 0) >= 0 }

func jsonCell(raw json.RawMessage) (Cell, error) {
	switch raw[0] {
	case '"':
		s := unquoteJSON(raw)
		if hasNUL(string(s)) {
			return Cell{}, errNUL
		}
		return Cell{string(s), String}, nil
	case 't', 'f':
		return Cell{string(raw), Boolean}, nil
	case 'n':
		return Cell{"", Null}, nil
	case '[', '{':
		return Cell{"", Compound}, nil
	}
	return Cell{string(raw), Number}, nil
}
