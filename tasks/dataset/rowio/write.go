package rowio

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A Table is one split to be written.
type Table struct {
	Source  // which split, in which file, format and compression: what Find gave, or its As
	Columns []Column
	Header  bool // of a format whose rows carry no names: begin with a header
	Rows    Rows
}

// Rows calls yield with each row until it returns an error, which Rows returns.
type Rows func(yield func(cells []Cell) error) error

// Values are rows held in memory.
func Values(rows [][]Cell) Rows {
	return func(yield func([]Cell) error) error {
		for _, r := range rows {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	}
}

// A Folder is a data set to be written: its splits, all of one format, and a file that describes it.
type Folder struct {
	Path   string
	Tables []Table
	Beside string // the name of a file to be written beside them; empty: none
	Text   []byte // what it holds
}

// Write writes all folders aside and gives them their names when every file is complete. A folder that was not there appears at once; in one that was, files take the
// places of those of their names, and [Find] refuses it if that was stopped half-way, until it is written again.
func Write(folders ...Folder) (err error) {
	for _, f := range folders {
		if err := f.checkRoom(); err != nil {
			return err
		}
	}
	st := &stage{}
	defer func() {
		if err != nil {
			st.abandon()
		}
	}()
	for _, f := range folders {
		if err := st.begin(f.Path); err != nil {
			return err
		}
		for _, t := range f.Tables {
			if err := t.format.write(st, t); err != nil {
				return unwritten(t.FileIn(f.Path), err)
			}
		}
		if err := f.finish(st); err != nil {
			return unwritten(f.Path, err)
		}
	}
	return st.commit()
}

// finish writes what formats want beside the splits, and the file that describes them.
func (f Folder) finish(st *stage) error {
	if f.Beside != "" {
		if err := st.bytes(f.Beside, f.Text); err != nil {
			return err
		}
	}
	for _, form := range formats {
		var tables []Table
		for _, t := range f.Tables {
			if t.format.name == form.name {
				tables = append(tables, t)
			}
		}
		if len(tables) == 0 || form.finish == nil {
			continue
		}
		if err := form.finish(st, tables); err != nil {
			return err
		}
	}
	return nil
}

func unwritten(path string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*FileError](err); ok {
		return inFile(path, err)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok { // of a name that means nothing to anyone
		err = p.Err
	}
	return &FileError{File: path, Problem: "cannot be written", Err: err, Remedy: "free some space, or choose another output directory"}
}

// checkRoom refuses a folder in which another file holds one of the splits: the two would be ambiguous.
func (f Folder) checkRoom() error {
	l := listing{root: f.Path}
	err := l.scan("")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ours := map[string]bool{}
	for _, t := range f.Tables {
		ours[t.FileIn(f.Path)] = true
	}
	for _, s := range l.found {
		for _, p := range append(s.parts, s.Path) {
			if !ours[p] && !ours[filepath.Dir(p)] {
				return Usagef("%s already holds %s, which is not of this data set: remove it or choose another output directory", f.Path, filepath.Base(p))
			}
		}
	}
	return nil
}

// A rowWriter writes rows to a stream; Flush ends what it writes.
type rowWriter interface {
	Write(cells []Cell) error
	Flush() error
}

// A streamWriter begins a stream of text: with the header, where there is one.
type streamWriter func(w io.Writer, t Table) (rowWriter, error)

func (begin streamWriter) file(st *stage, t Table) error {
	return st.create(filepath.Join(t.dir, t.base()), func(w io.Writer) error { return begin.to(w, t) })
}

func (begin streamWriter) to(w io.Writer, t Table) error {
	return begin.open(w, t, func(rows rowWriter) error { return t.Rows(rows.Write) })
}

// open begins a stream, lets write fill it, and ends it.
func (begin streamWriter) open(w io.Writer, t Table, write func(rowWriter) error) (err error) {
	z, err := t.codec.writer(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	bw := bufio.NewWriterSize(z, 1<<16)
	rows, err := begin(bw, t)
	if err != nil {
		return err
	}
	if err := write(rows); err != nil {
		return err
	}
	return errors.Join(rows.Flush(), bw.Flush())
}
