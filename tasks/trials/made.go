package trials

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/roberta"
)

// step is what a step is called, and its files below the run's directory; a directory stands for all files in it.
type step struct {
	name     string
	reads    []string
	makes    []string
	perhaps  []string // that it makes of some models
	backbone bool     // it reads the backbone, too
}

// stepOutcome is what a step came to. Files are SHA-256 by name.
type stepOutcome struct {
	Reads  map[string]string `json:"reads"`
	Makes  map[string]string `json:"makes"`
	Result json.RawMessage   `json:"result"`
}

// inputs are the files that a step reads as they are now.
func (r *run) inputs(s step) (map[string]string, error) {
	sums, err := r.digests(s.reads)
	if err == nil && s.backbone {
		sums["backbone"] = r.backbone
	}
	return sums, err
}

// done reports whether a step has to be done no more: all that it made is there as it made it, of what it would read now.
func (r *run) done(s step, was stepOutcome) bool {
	reads, err := r.inputs(s)
	if err != nil || !maps.Equal(reads, was.Reads) {
		return false
	}
	makes, err := r.digests(slices.Collect(maps.Keys(was.Makes)))
	return err == nil && len(makes) > 0 && maps.Equal(makes, was.Makes)
}

// outputs are the files that a step has made.
func (r *run) outputs(s step) (map[string]string, error) {
	makes := s.makes
	for _, name := range s.perhaps {
		if _, err := os.Stat(r.path(name)); err == nil {
			makes = append(makes[:len(makes):len(makes)], name)
		}
	}
	return r.digests(makes)
}

// digests are the SHA-256 of files; one that is missing is an error. Hidden ones, such as something that was killed may have left, do not count.
func (r *run) digests(names []string) (map[string]string, error) {
	dir, sums := os.DirFS(r.SaveTo), map[string]string{}
	for _, root := range names {
		err := fs.WalkDir(dir, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
				return err
			}
			sums[name], err = digest(dir, name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return sums, nil
}

func digest(dir fs.FS, name string) (string, error) {
	f, err := dir.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// backboneDigest is one digest of everything that a backbone's results follow from.
func backboneDigest(src *roberta.Source) (string, error) {
	h := sha256.New()
	add := func(patterns ...string) (n int, err error) {
		for _, p := range patterns {
			names, err := fs.Glob(src.FS, p)
			if err != nil {
				return n, err
			}
			for _, name := range names {
				sum, err := digest(src.FS, name)
				if err != nil {
					return n, fmt.Errorf("backbone %s: %w", src.Name, err)
				}
				fmt.Fprintln(h, name, sum)
				n++
			}
		}
		return n, nil
	}
	_, err := add(roberta.ConfigFile, "tokenizer.json", "vocab.json", "merges.txt")
	if err == nil && !src.Random {
		var n int
		if n, err = add("*.safetensors"); n == 0 && err == nil {
			_, err = add("*.bin")
		}
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
