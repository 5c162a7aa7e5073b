package dataset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A source is one split's rows somewhere on disk.
type source struct {
	split string // train, dev or test
	path  string // what messages name
	format
	codec
}

// splitNames maps what files are called to the split they hold.
var splitNames = map[string]string{
	"train": "train",
	"dev":   "dev", "val": "dev", "valid": "dev", "validation": "dev", "dev_matched": "dev", "validation_matched": "dev",
	"test": "test", "test_matched": "test",
}

// parseName takes a file's name apart; ok is false for a file that is no split.
func parseName(name string) (s source, ok bool) {
	s.codec = plain
	base := strings.ToLower(name)
	for _, c := range codecs {
		if rest, found := strings.CutSuffix(base, c.ext); found {
			s.codec, base = c, rest
		}
	}
	for _, f := range formats {
		if rest, found := strings.CutSuffix(base, f.ext); found {
			s.format = f
			s.split, ok = splitNames[rest]
			return s, ok
		}
	}
	return s, false
}

// findSources lists the splits in a directory, in the order train, dev, test.
func findSources(dir string) ([]source, error) {
	if dir == "" {
		return nil, Usagef("no data: give --data_path, a directory with train, dev and test files (%s)", extensions())
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &FileError{File: dir, Problem: "no such directory", Err: fs.ErrNotExist,
			Remedy: "--data_path takes a directory with train, dev and test files (" + extensions() + ")"}
	case err != nil:
		return nil, &FileError{File: dir, Problem: "cannot be read", Err: err}
	case !info.IsDir():
		return nil, Usagef("%s is a file: --data_path takes the directory that holds train, dev and test files (%s)", dir, extensions())
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &FileError{File: dir, Problem: "cannot be listed", Err: err}
	}
	found := map[string]source{}
	var others []string
	for _, e := range entries {
		s, ok := parseName(e.Name())
		if !ok || e.IsDir() {
			others = append(others, e.Name())
			continue
		}
		s.path = filepath.Join(dir, e.Name())
		if old, twice := found[s.split]; twice {
			return nil, &FileError{File: dir, Problem: filepath.Base(old.path) + " and " + e.Name() + " are both the " + s.split + " split",
				Remedy: "remove one of them"}
		}
		found[s.split] = s
	}
	var out []source
	for _, name := range []string{"train", "dev", "test"} {
		if s, ok := found[name]; ok {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		holds := "it is empty"
		if len(others) > 0 {
			holds = "it holds " + strings.Join(others[:min(5, len(others))], ", ")
			if len(others) > 5 {
				holds += ", …"
			}
		}
		return nil, &FileError{File: dir, Problem: "no train, dev or test file: " + holds,
			Remedy: "name the files train, dev (or val, validation) and test with one of the endings " + extensions()}
	}
	return slices.Clip(out), nil
}
