package trials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// StateFile holds a run's settings, the results of its steps, and the [Result].
const StateFile = "trials.json"

// state is [StateFile]. It is written anew after each step, whole or not at all, so a run that was killed goes on behind the last step that ended.
type state struct {
	Settings settings               `json:"settings"`
	Digests  map[string]string      `json:"digests"` // of the first seed's splits
	Done     map[string]stepOutcome `json:"done"`    // by step
	Result   *Result                `json:"result,omitempty"`
}

// recorded reads a step's result. One that another version wrote, or somebody's hand, is not what the step's own would be: it is done again.
func recorded[T any](text json.RawMessage) (out T, ok bool) {
	var was bytes.Buffer
	if json.Compact(&was, text) != nil || was.String() == "null" || json.Unmarshal(text, &out) != nil {
		return out, false
	}
	is, err := json.Marshal(out)
	return out, err == nil && bytes.Equal(is, was.Bytes())
}

// openState reads the state of the run in dir, or begins one.
func openState(dir string, want settings, digests map[string]string) (*state, error) {
	path := filepath.Join(dir, StateFile)
	s := &state{Settings: want, Digests: digests, Done: map[string]stepOutcome{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	var old state
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; remove it to begin anew, or take another --save_to", path, err)
	}
	if len(old.Done) == 0 && !begun(dir) { // a call that was wrong in what only its first step finds out binds nobody
		return s, nil
	}
	if flag, was, is := differs(reflect.ValueOf(old.Settings), reflect.ValueOf(want)); flag != "" {
		return nil, dataset.Usagef("%s holds a run with another --%s, %s where this call has %s: give the flags that it was begun with, or another --save_to", dir, flag, was, is)
	}
	if !reflect.DeepEqual(old.Digests, digests) {
		return nil, fmt.Errorf("%s holds a run on other rows than %s has now: take the data that it was begun with, or another --save_to", dir, want.DataPath)
	}
	if old.Done != nil {
		s.Done = old.Done
	}
	return s, nil
}

// begun reports whether a step has left anything in dir, a checkpoint perhaps.
func begun(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err != nil || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), seedPrefix) })
}

// flags are those of settings that JSON calls otherwise, by field.
var flags = map[string]string{
	"Columns": "columns", "LabelColumn": "label_column", "Labels": "labels", "Keep": "keep_classes", "Separator": "separator", "Header": "header", "MaxBytes": "max_bytes",
	"Train": "train_rows", "Dev": "dev_rows", "Test": "test_rows", "Concat": "compat", "KeepPercent": "keep_percent",
}

// differs names the flag of the first setting in which two runs differ, and its values.
func differs(a, b reflect.Value) (flag, was, is string) {
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if f.Type.Kind() == reflect.Struct {
			if flag, was, is = differs(a.Field(i), b.Field(i)); flag != "" {
				return flag, was, is
			}
			continue
		}
		p, q := shown(a.Field(i)), shown(b.Field(i))
		if p == q {
			continue
		}
		if flag = flags[f.Name]; flag == "" {
			flag = f.Tag.Get("json")
		}
		return flag, p, q
	}
	return "", "", ""
}

// shown is a setting as messages show it; lists that are empty and those that are not there are one.
func shown(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil(), v.Kind() == reflect.Slice && v.Len() == 0, v.Kind() == reflect.String && v.Len() == 0:
		return "none"
	case v.Kind() == reflect.Pointer:
		return shown(v.Elem())
	}
	b, _ := json.Marshal(v.Interface())
	return string(b)
}

func (s *state) write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(dir, StateFile), append(data, '\n'))
}
