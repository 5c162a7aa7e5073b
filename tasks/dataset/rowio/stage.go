package rowio

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// A stage holds files under temporary names until all are complete.
type stage struct {
	dir           string // where the files that come next belong
	temps, finals []string
	made          []string // directories
}

// create writes a file that commit will call rel.
func (st *stage) create(rel string, write func(io.Writer) error) (err error) {
	final := filepath.Join(st.dir, rel)
	if err := st.mkdir(filepath.Dir(final)); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(final), ".rows-*.tmp")
	if err != nil {
		return err
	}
	st.temps, st.finals = append(st.temps, f.Name()), append(st.finals, final)
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := write(f); err != nil {
		return err
	}
	return f.Sync()
}

// mkdir makes a directory and remembers which ones were not there.
func (st *stage) mkdir(dir string) error {
	var made []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	slices.Reverse(made)
	st.made = append(st.made, made...)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return &FileError{File: dir, Problem: "cannot be made", Err: err, Remedy: "choose an output directory that can be written"}
	}
	return nil
}

func (st *stage) commit() error {
	for i, t := range st.temps {
		if err := os.Rename(t, st.finals[i]); err != nil {
			return &FileError{File: st.finals[i], Problem: "cannot be put in place", Err: err}
		}
	}
	return nil
}

// abandon removes what create made: best effort, the error that led here is what there is to say.
func (st *stage) abandon() {
	for _, t := range st.temps {
		_ = os.Remove(t)
	}
	for _, d := range slices.Backward(st.made) {
		_ = os.Remove(d)
	}
}
