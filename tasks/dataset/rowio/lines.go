package rowio

import (
	"bufio"
	"bytes"
	"io"
)

// eachLine calls yield with every line, without its end, and its 1-based number. The bytes are valid during the call.
func eachLine(br *bufio.Reader, yield func(row int, line []byte) error) error {
	var long []byte
	for row := 1; ; {
		part, err := br.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			long = append(long, part...)
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		line := part
		if len(long) > 0 {
			long = append(long, part...)
			line = long
		}
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if i := bytes.IndexByte(line, 0); i >= 0 {
			return nulError(row)
		}
		if yerr := yield(row, line); yerr != nil {
			return yerr
		}
		if err == io.EOF {
			return nil
		}
		long = long[:0]
		row++
	}
}

func nulError(row int) error {
	return &FileError{Row: row, Problem: "holds a NUL byte, so it is binary or UTF-16", Remedy: "save it as UTF-8 text"}
}
