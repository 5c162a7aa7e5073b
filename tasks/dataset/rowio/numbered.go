package rowio

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// numbered finds a split as the hub's own conversion lays it out: a folder with the split's name that holds 0000.parquet, 0001.parquet and so on.
func (l *listing) numbered(rel, name string) error {
	split := SplitOf(name)
	dir := filepath.Join(l.root, rel, name)
	if split == "" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &FileError{File: dir, Problem: "cannot be listed", Err: err}
	}
	var names []string // ReadDir sorts them
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), ".parquet")
		i, err := strconv.Atoi(digits)
		if !ok || err != nil {
			continue
		}
		if i != len(names) {
			return &FileError{File: dir, Problem: fmt.Sprintf("holds %s, but no file of the number %d", e.Name(), len(names)), Remedy: "fetch the files that are missing"}
		}
		names = append(names, e.Name())
	}
	if len(names) == 0 {
		return nil
	}
	s, err := FromFiles(split, dir, names)
	if err != nil {
		return err
	}
	s.Path, s.name, s.dir, s.sharded = dir, name, rel, true
	return l.add(s)
}
