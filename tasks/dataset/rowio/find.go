package rowio

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// Find lists the splits in a directory, in the order train, dev, test. They lie in it, or in one directory in it, as on the hub.
func Find(dir string) ([]Source, error) {
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
	l := listing{root: dir}
	if err := l.scan(""); err != nil {
		return nil, err
	}
	if len(l.found) == 0 {
		if err := l.scanBelow(); err != nil {
			return nil, err
		}
	}
	var out []Source
	for _, name := range []string{"train", "dev", "test"} {
		if s, ok := l.found[name]; ok {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, l.nothing()
	}
	return out, whole(dir, filepath.Join(dir, out[0].dir))
}

// whole refuses directories in which [Write] was stopped half-way.
func whole(dirs ...string) error {
	for _, dir := range dirs {
		if _, err := os.Lstat(filepath.Join(dir, atomicfile.Unfinished)); err == nil {
			return &FileError{File: dir, Problem: "what wrote it was stopped before all of its files were in place (" + atomicfile.Unfinished + "): some may be new, others old",
				Remedy: "write it again"}
		}
	}
	return nil
}

// A listing is what was found in a data set's directory.
type listing struct {
	root   string
	found  map[string]Source // by split
	others []string          // entries that are no split
	below  []string          // directories among them
}

// scan looks at a directory below the root.
func (l *listing) scan(rel string) error {
	entries, err := os.ReadDir(filepath.Join(l.root, rel))
	if err != nil {
		return &FileError{File: filepath.Join(l.root, rel), Problem: "cannot be listed", Err: err}
	}
	shards := map[string]*shardSet{}
	var order []string
	if err := l.saved(rel, entries); err != nil {
		return err
	}
	for _, e := range entries {
		s, ok := parseName(e.Name())
		if ok && e.IsDir() {
			return &FileError{File: filepath.Join(l.root, rel, e.Name()), Problem: "is a directory, wanted is a file", Remedy: "name it otherwise, or put its files in its place"}
		}
		if !ok {
			l.others = append(l.others, e.Name())
			if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				l.below = append(l.below, e.Name())
				if err := l.numbered(rel, e.Name()); err != nil {
					return err
				}
			}
			continue
		}
		s.dir, s.Path = rel, filepath.Join(l.root, rel, e.Name())
		if s.shard.of == 0 {
			s.parts = []string{s.Path}
			if err := l.add(s.Source); err != nil {
				return err
			}
			continue
		}
		key := s.name + s.ext + s.codec.ext
		if shards[key] == nil {
			shards[key] = &shardSet{first: s}
			order = append(order, key)
		}
		if err := shards[key].add(s); err != nil {
			return err
		}
	}
	for _, key := range order {
		s, err := shards[key].source()
		if err != nil {
			return err
		}
		if err := l.add(s); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) add(s Source) error {
	if old, twice := l.found[s.Split]; twice {
		return &FileError{File: filepath.Join(l.root, s.dir), Problem: filepath.Base(old.Path) + " and " + filepath.Base(s.Path) + " are both the " + s.Split + " split",
			Remedy: "remove one of them"}
	}
	if l.found == nil {
		l.found = map[string]Source{}
	}
	l.found[s.Split] = s
	return nil
}

// scanBelow takes the one directory that holds splits: data, plain_text or a configuration's name, as the hub lays data sets out.
func (l *listing) scanBelow() error {
	var holders []string
	for _, name := range l.below {
		b := listing{root: l.root}
		if err := b.scan(name); err != nil {
			return err
		}
		if len(b.found) == 0 {
			continue
		}
		holders = append(holders, name)
		l.found = b.found
	}
	if len(holders) > 1 {
		return &FileError{File: l.root, Problem: "holds several data sets: " + strings.Join(holders[:min(8, len(holders))], ", "),
			Remedy: "choose one: --data_path " + filepath.Join(l.root, holders[0])}
	}
	return nil
}

func (l *listing) nothing() error {
	holds := "it is empty"
	if len(l.others) > 0 {
		holds = "it holds " + strings.Join(l.others[:min(5, len(l.others))], ", ")
		if len(l.others) > 5 {
			holds += ", …"
		}
	}
	return &FileError{File: l.root, Problem: "no train, dev or test file: " + holds,
		Remedy: "name the files train, dev (or val, validation) and test with one of the endings " + extensions()}
}
