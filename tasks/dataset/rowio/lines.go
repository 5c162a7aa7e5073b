package rowio

import (
	"bufio"
	"bytes"
	"io"
)

// A lineReader reads lines of any length.
type lineReader struct {
	br   *bufio.Reader
	row  int // of the line that next returned, from 1
	long []byte
}

// next returns a line without its end, or io.EOF. The bytes are valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.br.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			l.long = append(l.long, part...)
			continue
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		line := part
		if len(l.long) > 0 {
			l.long = append(l.long, part...)
			line = l.long
		}
		if err == io.EOF && len(line) == 0 {
			return nil, io.EOF
		}
		l.row++
		line = bytes.TrimSuffix(line, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if i := bytes.IndexByte(line, 0); i >= 0 {
			return nil, nulError(l.row)
		}
		return line, nil
	}
}

// eachLine calls yield with every line, without its end, and its 1-based number. The bytes are valid during the call.
func eachLine(br *bufio.Reader, yield func(row int, line []byte) error) error {
	l := lineReader{br: br}
	for {
		line, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := yield(l.row, line); err != nil {
			return err
		}
	}
}

func nulError(row int) error {
	return &FileError{Row: row, Problem: "holds a NUL byte, so it is binary or UTF-16", Remedy: "save it as UTF-8 text"}
}
