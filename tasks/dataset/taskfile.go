package dataset

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// taskFiles are the names under which a task file stands beside its data.
var taskFiles = []string{"task.yaml", "task.yml", "task.json"}

// FindTaskFile returns the task file in a data set's directory; empty if there is none.
func FindTaskFile(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	found := ""
	for _, name := range taskFiles {
		path := filepath.Join(dir, name)
		if st, err := os.Stat(path); err != nil || st.IsDir() {
			continue
		}
		if found != "" {
			return "", &FileError{File: dir, Problem: filepath.Base(found) + " and " + name + " both describe the task", Remedy: "remove one of them"}
		}
		found = path
	}
	return found, nil
}

// HasTaskFile reports whether a task file stands there, good or bad.
func HasTaskFile(dir string) bool {
	path, err := FindTaskFile(dir)
	return err != nil || path != ""
}

// ReadTask reads a task file: YAML, or JSON if its name ends in .json. What it leaves open comes from base. The fields are those of the
// catalogue; docs/tasks.md explains them.
func ReadTask(path string, base Task) (Task, error) {
	f, err := os.Open(path)
	if err != nil {
		return base, &FileError{File: path, Problem: "cannot be opened", Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTaskBytes+1))
	if err != nil {
		return base, &FileError{File: path, Problem: "cannot be read", Err: err}
	}
	n, err := taskNode(path, data, strings.EqualFold(filepath.Ext(path), ".json"))
	if err != nil {
		return base, err
	}
	return fileTask(path, n, base)
}

// fileTask reads a task file's fields: unlike in the catalogue, files are named here, and the labels are the only ones.
func fileTask(path string, n *yaml.Node, base Task) (Task, error) {
	t := base.clone()
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		switch key := n.Content[i].Value; key {
		case "hub", "also", "of", "keep":
			return t, &FileError{File: path, Row: n.Content[i].Line, Column: quote(key), Problem: "belongs to the catalogue", Remedy: taskRemedy}
		case "labels":
			t.Labels, t.Classes, t.Words, t.Exact, t.Keep, t.Of = 0, nil, nil, true, nil, 0
		case "text":
			t.Separator, t.Cut, t.Also = nil, "", nil
		}
	}
	err := readFields(path, n, &t)
	return t, err
}

// Find returns the task that a call means: the registered one of that name, with what the task file in dir says laid over it. With a task file
// any name will do, and none: then it is the file's, else "custom".
func Find(name, dir string) (Task, error) {
	path, err := FindTaskFile(dir)
	if err != nil {
		return Task{}, err
	}
	if path == "" {
		return Lookup(name)
	}
	base, err := Lookup(name)
	if err != nil {
		base = Task{}
	}
	t, err := ReadTask(path, base)
	switch {
	case err != nil:
		return Task{}, err
	case t.Name == "" && name == "":
		t.Name = Custom
	case t.Name == "":
		t.Name = name
	case base.Name == Custom, t.Name == name, name == "":
	default:
		return Task{}, Usagef("--task_type %s, but %s describes the task %s: leave --task_type out, or name another --data_path", name, path, t.Name)
	}
	if !validName(t.Name) {
		return Task{}, Usagef("a task cannot be called %s: results stand in a directory of that name; letters, digits, dots, dashes and underscores are good", quote(t.Name))
	}
	return t, nil
}
