package rowio

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What Dataset.save_to_disk leaves in a folder: state.json and Arrow streams; and DatasetDict.save_to_disk: one such folder for each split and
// dataset_dict.json, which lists them.
const (
	stateFile = "state.json"
	dictFile  = "dataset_dict.json"
	infoFile  = "dataset_info.json"
)

type savedState struct {
	Files []struct {
		Name string `json:"filename"`
	} `json:"_data_files"`
	Split   *string           `json:"_split"`
	Indices []json.RawMessage `json:"_indices_data_files"` // of old versions of datasets
}

// saved finds the splits that save_to_disk wrote in a directory below the root.
func (l *listing) saved(rel string, entries []os.DirEntry) error {
	dir := filepath.Join(l.root, rel)
	s, ok, err := savedSplit(dir, "")
	if err != nil {
		return err
	}
	if ok {
		s.single, s.dir = true, rel
		return l.add(s)
	}
	var dict struct {
		Splits []string `json:"splits"`
	}
	listed, err := readJSONFile(filepath.Join(dir, dictFile), &dict)
	if err != nil {
		return err
	}
	names := dict.Splits
	if !listed {
		for _, e := range entries {
			if e.IsDir() {
				names = append(names, e.Name())
			}
		}
	}
	for _, name := range names {
		if _, known := splitNames[strings.ToLower(name)]; !known || !filepath.IsLocal(name) {
			continue
		}
		s, ok, err := savedSplit(filepath.Join(dir, name), name)
		switch {
		case err != nil:
			return err
		case ok:
			s.dir = rel
			if err := l.add(s); err != nil {
				return err
			}
		case listed:
			return &FileError{File: filepath.Join(dir, dictFile), Problem: "lists the split " + Quote(name) + ", but there is no " + filepath.Join(name, stateFile),
				Remedy: "fetch the whole folder again"}
		}
	}
	return nil
}

// savedSplit looks at one folder; ok is false if it holds no state.json. Without a name the state gives it.
func savedSplit(dir, name string) (s Source, ok bool, err error) {
	var state savedState
	path := filepath.Join(dir, stateFile)
	if ok, err = readJSONFile(path, &state); !ok {
		return s, false, err
	}
	switch {
	case len(state.Files) == 0:
		return s, false, &FileError{File: path, Problem: "names no _data_files", Remedy: "fetch the whole folder again, or save it with a newer version of datasets"}
	case len(state.Indices) > 0:
		return s, false, &FileError{File: path, Problem: "keeps the order of rows apart (_indices_data_files), which an old version of datasets did",
			Remedy: "call flatten_indices() before save_to_disk"}
	}
	if name == "" {
		name = "train"
		if state.Split != nil {
			// train[:80%] is a part of train.
			if base, _, _ := strings.Cut(*state.Split, "["); splitNames[base] != "" {
				name = base
			}
		}
	}
	s = Source{Split: splitNames[strings.ToLower(name)], Path: dir, name: name, format: formatNamed("arrow"), codec: plain}
	for _, f := range state.Files {
		if !filepath.IsLocal(f.Name) {
			return s, false, &FileError{File: path, Problem: "names a file outside its folder, " + Quote(f.Name), Remedy: "mend it"}
		}
		shard := filepath.Join(dir, f.Name)
		if _, err := os.Stat(shard); err != nil {
			return s, false, &FileError{File: shard, Problem: "is missing, but " + stateFile + " names it", Err: errors.Unwrap(err), Remedy: "fetch the whole folder again"}
		}
		s.parts = append(s.parts, shard)
	}
	return s, true, nil
}

// maxJSON bounds the small files that describe a folder.
const maxJSON = 16 << 20

// readJSONFile decodes a file that may be missing: ok is false then.
func readJSONFile(path string, v any) (ok bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, &FileError{File: path, Problem: "cannot be read", Err: err}
	case info.Size() > maxJSON:
		return false, &FileError{File: path, Problem: "is too large for what it should be", Remedy: "fetch it again"}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return false, &FileError{File: path, Problem: "cannot be read", Err: err}
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, &FileError{File: path, Problem: "bad JSON", Err: err, Remedy: "fetch it again"}
	}
	return true, nil
}
