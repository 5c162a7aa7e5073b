package rowio

import (
	"path/filepath"
	"slices"
	"strings"
)

// A Source is one split as it lies on disk: in one file, or in several shards that are read in their order.
type Source struct {
	Split string // train, dev or test
	Path  string // what messages name: the file, the pattern of the shards' names, or the folder

	name    string // of the split on disk: train, validation …
	dir     string // where it lies below the data set's directory
	sharded bool   // file names count shards
	single  bool   // the directory is the split: a Dataset saved without a DatasetDict
	parts   []string
	format
	codec codec
}

// splitNames maps what files are called to the split they hold.
var splitNames = map[string]string{
	"train": "train",
	"dev":   "dev", "val": "dev", "valid": "dev", "validation": "dev", "dev_matched": "dev", "validation_matched": "dev",
	"test": "test", "test_matched": "test",
}

// Format is the source's format and compression, as [Source.As] takes it.
func (s Source) Format() string { return s.format.name + s.codec.ext }

// Named reports whether rows carry the names of their columns; otherwise the first row may.
func (s Source) Named() bool { return s.format.named }

// As is the same split to be written in another format, such as csv, jsonl.zst, parquet or arrow.
func (s Source) As(name string) (Source, error) {
	base, c := codecOf(strings.TrimPrefix(name, "."))
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == base })
	switch {
	case i < 0:
		return s, Usagef("no format %q: there is %s, the text formats also with .gz or .zst", name, strings.Join(Formats(), ", "))
	case c.ext != "" && !formats[i].packed:
		return s, Usagef("no format %q: %s compresses its own pages, so it takes no %s", name, base, c.ext)
	}
	s.format, s.codec = formats[i], c
	s.sharded = s.sharded && strings.HasPrefix(s.ext, ".")
	s.single = s.single && s.ext == ""
	if s.ext == "" {
		s.dir = ""
	}
	return s, nil
}

// FileIn is the path of the file, or folder, that writing the source into a directory makes.
func (s Source) FileIn(dir string) string { return filepath.Join(dir, s.dir, s.base()) }

func (s Source) base() string {
	switch {
	case s.single:
		return ""
	case s.ext == "":
		return s.name
	case s.sharded:
		return s.name + "-00000-of-00001" + s.ext + s.codec.ext
	}
	return s.name + s.ext + s.codec.ext
}
