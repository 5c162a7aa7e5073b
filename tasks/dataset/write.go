package dataset

import (
	"errors"
	"os"
	"path/filepath"
)

// An outFile is a split to be written as its source was read: name, format, compression, columns, header.
type outFile struct {
	source
	columns
	rows [][]cell
}

// A folder is a data set to be written.
type folder struct {
	path  string
	files []outFile
}

func (f folder) pathOf(s source) string { return filepath.Join(f.path, filepath.Base(s.path)) }

// writeFolders writes all files under temporary names and gives them their own when every one is complete, so that a
// full disk or a signal leaves no half-written file under a name that means something.
func writeFolders(folders []folder) (err error) {
	for _, f := range folders {
		if err := f.checkRoom(); err != nil {
			return err
		}
	}
	var temps, finals []string
	defer func() {
		if err != nil {
			for _, t := range temps {
				_ = os.Remove(t) // best effort: err is what there is to say
			}
		}
	}()
	for _, f := range folders {
		if err := os.MkdirAll(f.path, 0o777); err != nil {
			return &FileError{File: f.path, Problem: "cannot be made", Err: err, Remedy: "choose an output directory that can be written"}
		}
		for _, o := range f.files {
			temp, err := o.writeTemp(f.path)
			if temp != "" {
				temps = append(temps, temp)
			}
			if err != nil {
				return &FileError{File: f.pathOf(o.source), Problem: "cannot be written", Err: err, Remedy: "free some space, or choose another output directory"}
			}
			finals = append(finals, f.pathOf(o.source))
		}
	}
	for i, t := range temps {
		if err := os.Rename(t, finals[i]); err != nil {
			return &FileError{File: finals[i], Problem: "cannot be put in place", Err: err}
		}
	}
	return nil
}

// checkRoom refuses a folder in which another file holds one of the splits: the two would be ambiguous.
func (f folder) checkRoom() error {
	entries, err := os.ReadDir(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &FileError{File: f.path, Problem: "cannot be listed", Err: err, Remedy: "choose another output directory"}
	}
	ours := map[string]bool{}
	for _, o := range f.files {
		ours[filepath.Base(o.path)] = true
	}
	for _, e := range entries {
		if _, split := parseName(e.Name()); split && !ours[e.Name()] {
			return Usagef("%s already holds %s, which is not of this data set: remove it or choose another output directory", f.path, e.Name())
		}
	}
	return nil
}

// writeTemp writes the file under a temporary name in dir and returns that name, even on an error if the file exists.
func (o outFile) writeTemp(dir string) (name string, err error) {
	f, err := os.CreateTemp(dir, ".binarize-*.tmp")
	if err != nil {
		return "", err
	}
	name = f.Name()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Chmod(0o644); err != nil {
		return name, err
	}
	z, err := o.writer(f)
	if err != nil {
		return name, err
	}
	if err := o.write(z, o.names, o.header, o.rows); err != nil {
		return name, errors.Join(err, z.Close())
	}
	if err := z.Close(); err != nil {
		return name, err
	}
	return name, f.Sync()
}
