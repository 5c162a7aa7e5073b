package rowio

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// A namedFile is a split's file as its name tells it.
type namedFile struct {
	Source
	shard struct{ index, of int } // of is 0 where the file is the whole split
}

// The hub's shards, train-00000-of-00002.parquet, also with a digest behind: train-00000-of-00002-0123456789abcdef.parquet.
var shardName = regexp.MustCompile(`^(.+?)-(\d{1,6})-of-(\d{1,6})(-[0-9a-f]+)?$`)

// parseName takes a file's name apart; ok is false for a file that is no split.
func parseName(name string) (s namedFile, ok bool) {
	base, c := codecOf(strings.ToLower(name))
	for _, f := range formats {
		rest, found := strings.CutSuffix(base, f.ext)
		if !found || f.ext == "" || c.ext != "" && !f.packed {
			continue
		}
		if m := shardName.FindStringSubmatch(rest); m != nil {
			rest = m[1]
			s.shard.index, _ = strconv.Atoi(m[2])
			s.shard.of, _ = strconv.Atoi(m[3])
			s.sharded = true
		}
		s.format, s.codec, s.name = f, c, rest
		s.Split, ok = splitNames[rest]
		return s, ok
	}
	return s, false
}

// A shardSet gathers the shards of one split.
type shardSet struct {
	first namedFile
	paths map[int]string
}

func (set *shardSet) add(s namedFile) error {
	old, twice := set.paths[s.shard.index]
	switch {
	case s.shard.of != set.first.shard.of:
		return &FileError{File: s.Path, Problem: fmt.Sprintf("is one of %s where %s is one of %d", amount.Of(s.shard.of, "shard"), filepath.Base(set.first.Path), set.first.shard.of),
			Remedy: "remove the shards that are not of this data set"}
	case twice:
		return &FileError{File: s.Path, Problem: "is the same shard as " + filepath.Base(old), Remedy: "remove one of them"}
	case s.shard.index >= s.shard.of:
		return &FileError{File: s.Path, Problem: fmt.Sprintf("counts as shard %d, but of %s the last is %d", s.shard.index, amount.Of(s.shard.of, "shard"), s.shard.of-1), Remedy: "rename it"}
	}
	if set.paths == nil {
		set.paths = map[int]string{}
	}
	set.paths[s.shard.index] = s.Path
	return nil
}

// source is the split, once every shard is there.
func (set *shardSet) source() (Source, error) {
	s := set.first.Source
	dir := filepath.Dir(s.Path)
	for i := range set.first.shard.of {
		path, ok := set.paths[i]
		if !ok {
			return s, &FileError{File: dir, Problem: fmt.Sprintf("shard %d of %d of %s%s is missing", i+1, set.first.shard.of, s.name, s.ext),
				Remedy: "fetch " + fmt.Sprintf("%s-%05d-of-%05d%s%s", s.name, i, set.first.shard.of, s.ext, s.codec.ext)}
		}
		s.parts = append(s.parts, path)
	}
	s.Path = filepath.Join(dir, fmt.Sprintf("%s-*-of-%05d%s%s", s.name, set.first.shard.of, s.ext, s.codec.ext))
	if len(s.parts) == 1 {
		s.Path = s.parts[0]
	}
	return s, nil
}
