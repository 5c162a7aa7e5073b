package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Unfinished is a file in a directory that [Commit] is putting files into: one that is killed there leaves it, and with it old files beside new ones.
const Unfinished = ".unfinished"

// A Folder is a directory whose files are written aside and appear at once.
type Folder struct {
	path, aside string
	made        []string // directories above, for Abandon
}

// NewFolder makes a directory in which the files of path are written. Where path is a directory already, it lies in it, else beside it.
func NewFolder(path string) (*Folder, error) {
	f := &Folder{path: path}
	above := path
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		above = filepath.Dir(filepath.Clean(path))
		if err := f.mkdir(above); err != nil {
			return nil, fail(path, err)
		}
	case err != nil:
		return nil, fail(path, err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file, and a directory is to be made there", path)
	}
	err := named(above, func(name string) error {
		f.aside = name
		return os.Mkdir(name, 0o777)
	})
	if err != nil {
		f.Abandon()
		return nil, fail(path, err)
	}
	return f, nil
}

// Dir is where the files are written.
func (f *Folder) Dir() string { return f.aside }

// mkdir makes dir and remembers what was not there.
func (f *Folder) mkdir(dir string) error {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		f.made = append(f.made, d)
	}
	return os.MkdirAll(dir, 0o777)
}

// Abandon removes what was written: best effort, the error that leads here is what there is to say.
func (f *Folder) Abandon() {
	_ = os.RemoveAll(f.aside)
	for _, d := range f.made {
		_ = os.Remove(d)
	}
}

// Commit gives the folders their names. One that was not there appears with one rename. In one that was, each file replaces that of its name and all
// others stay; meanwhile it, and every other such folder of the call, holds a file [Unfinished].
func Commit(folders ...*Folder) error {
	var old []*Folder
	for _, f := range folders {
		if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return fail(f.path, err)
		}
		old = append(old, f)
		if err := WriteFile(f.mark(), []byte("Files are being replaced here. If nothing is at work, it was stopped: run it again.\n")); err != nil {
			return err
		}
	}
	for _, f := range folders {
		put := f.appear
		if slices.Contains(old, f) {
			put = f.replace
		}
		if err := put(); err != nil {
			return fail(f.path, err)
		}
	}
	for _, f := range old {
		if err := os.Remove(f.mark()); err != nil {
			return fail(f.path, err)
		}
	}
	return nil
}

func (f *Folder) mark() string { return filepath.Join(f.path, Unfinished) }

func (f *Folder) appear() error {
	if err := syncDir(f.aside); err != nil {
		return err
	}
	if err := os.Rename(f.aside, f.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

// replace moves the files one by one.
func (f *Folder) replace() error {
	err := filepath.WalkDir(f.aside, func(from string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(f.aside, from)
		if err != nil {
			return err
		}
		to := filepath.Join(f.path, rel)
		if d.IsDir() {
			return os.MkdirAll(to, 0o777)
		}
		return os.Rename(from, to)
	})
	if err == nil {
		err = syncDir(f.path)
	}
	if err == nil {
		err = os.RemoveAll(f.aside)
	}
	return err
}
