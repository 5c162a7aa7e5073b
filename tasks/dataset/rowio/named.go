package rowio

import (
	"os"
	"path/filepath"
	"strings"
)

// SplitOf is the split that a name such as validation means: train, dev or test; empty for any other name.
func SplitOf(name string) string { return splitNames[strings.ToLower(name)] }

// FromFiles is a split in files that are named one by one, whatever they are called; their endings say what they are. They are read in the order
// given.
func FromFiles(split, dir string, names []string) (Source, error) {
	var s Source
	for i, name := range names {
		path := filepath.Join(dir, name)
		st, err := os.Stat(path)
		if err == nil && st.IsDir() && len(names) == 1 {
			if saved, ok, err := savedSplit(path, "train"); ok || err != nil { // a folder of save_to_disk
				saved.Split, saved.name = split, split
				return saved, err
			}
		}
		if err != nil || st.IsDir() {
			return s, &FileError{File: path, Problem: "the " + split + " split's file is missing", Err: err, Remedy: "the task file names it: mend the name, or fetch the file"}
		}
		one, ok := formatOf(name)
		switch {
		case !ok:
			return s, &FileError{File: path, Problem: "no ending that says what it is", Remedy: "name it with one of the endings " + extensions()}
		case i == 0:
			s = one
			s.Split, s.Path, s.name = split, path, split
		case one.format.name != s.format.name || one.codec.ext != s.codec.ext:
			return s, &FileError{File: path, Problem: "is of another format than " + names[0], Remedy: "give a split files of one format"}
		}
		s.parts = append(s.parts, path)
	}
	if s.sharded = len(names) > 1; s.sharded {
		s.Path = filepath.Join(dir, strings.Join(names[:min(3, len(names))], ","))
	}
	return s, nil
}

func formatOf(name string) (s Source, ok bool) {
	base, c := codecOf(strings.ToLower(name))
	for _, f := range formats {
		if f.ext != "" && strings.HasSuffix(base, f.ext) && (c.ext == "" || f.packed) {
			s.format, s.codec = f, c
			return s, true
		}
	}
	return s, false
}

// For is a source of the same format for a split called train, dev or test, in one file or folder.
func (s Source) For(split string) Source {
	s.Split, s.name, s.Path, s.sharded, s.parts = split, split, split, false, nil
	return s
}
