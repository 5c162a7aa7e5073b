package rowio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// Read reads every row of the source in its order, in one pass, and calls yield with each until it returns an error. limit is the most
// bytes that all files of the source together may unpack to. Errors in the data are a [*FileError].
func (s Source) Read(limit int64, yield func(Row) error) error {
	b := newBudget(limit)
	for _, path := range s.parts {
		var stop error // yield's own, which says nothing about the file
		err := s.format.read(path, b, func(r Row) error {
			r.File = path
			stop = inFile(path, yield(r))
			return stop
		})
		if stop != nil {
			return stop
		}
		if err != nil {
			return inFile(path, err)
		}
	}
	return nil
}

// A streamReader is a format of one stream of text.
type streamReader func(r *bufio.Reader, yield func(Row) error) error

// file reads the stream in a file, compressed as its name says.
func (read streamReader) file(path string, b *budget, yield func(Row) error) error {
	_, c := codecOf(path)
	return opened(path, func(f *os.File, _ int64) error { return read.from(f, c, b, yield) })
}

func (read streamReader) from(r io.Reader, c codec, b *budget, yield func(Row) error) error {
	z, err := c.reader(r)
	if err != nil {
		return &FileError{Problem: "is not a valid " + c.ext + " file", Err: err, Remedy: "fetch it again, or name it after what it is"}
	}
	defer z.Close()
	br := bufio.NewReaderSize(capped{z, b}, 1<<16)
	last := 0
	err = checkHead(br)
	if err == nil {
		err = read(br, func(row Row) error {
			last = row.Number
			return yield(row)
		})
	}
	return damaged(err, last, c.ext != "")
}

// opened reads a file; some formats have to know its size.
func opened(path string, read func(f *os.File, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return &FileError{Problem: "cannot be opened", Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return &FileError{Problem: "cannot be opened", Err: err}
	}
	return read(f, info.Size())
}

// damaged says after which row a file could not be read on. Errors that say what they are about stay as they are.
func damaged(err error, last int, packed bool) error {
	if _, ok := errors.AsType[*FileError](err); err == nil || ok {
		return err
	}
	after := ""
	if last > 0 {
		after = fmt.Sprintf(" after row %d", last)
	}
	if packed {
		return &FileError{Problem: "truncated or damaged" + after, Err: err, Remedy: "fetch it again"}
	}
	return &FileError{Problem: "cannot be read" + after, Err: err}
}
