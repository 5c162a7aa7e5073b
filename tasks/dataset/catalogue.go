package dataset

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/skillneuron/skillneuron/internal/near"
)

// catalogueFile holds the tasks that are known by name: data that a person can read and extend, no code.
//
//go:embed catalogue.yaml
var catalogueFile []byte

const cataloguePath = "tasks/dataset/catalogue.yaml"

// registry is the catalogue and what programs have added to it.
var registry = struct {
	sync.Mutex
	tasks map[string]Task
}{}

// registered returns the registry's tasks by name; the lock is the caller's.
func registered() map[string]Task {
	if registry.tasks == nil {
		tasks, err := readCatalogue(cataloguePath, catalogueFile)
		if err != nil {
			panic(err) // it is part of the program, and a test reads it
		}
		registry.tasks = tasks
	}
	return registry.tasks
}

// readCatalogue reads a list of tasks: each entry's fields are those of a task file.
func readCatalogue(path string, data []byte) (map[string]Task, error) {
	n, err := taskNode(path, data, false)
	if err != nil {
		return nil, err
	}
	tasks := map[string]Task{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		t, err := catalogueEntry(path, name, n.Content[i+1], tasks)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		tasks[name] = t
	}
	return tasks, nil
}

// catalogueEntry reads one entry; "of" names an entry above it.
func catalogueEntry(path, name string, n *yaml.Node, above map[string]Task) (Task, error) {
	var own yaml.Node // the fields that are not about another entry
	own.Kind, own.Line = n.Kind, n.Line
	var of string
	var keep []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		var err error
		switch key := n.Content[i]; key.Value {
		case "of":
			err = oneWord(n.Content[i+1], &of)
		case "keep":
			keep, err = wordList(n.Content[i+1])
		default:
			own.Content = append(own.Content, n.Content[i], n.Content[i+1])
		}
		if err != nil {
			return Task{}, placed(path, n.Line, n.Content[i].Value, err)
		}
	}
	t := Task{}
	if of != "" {
		parent, ok := above[of]
		if !ok {
			return t, &FileError{File: path, Row: n.Line, Column: `"of"`, Problem: "there is no entry " + quote(of) + " above", Remedy: "name one that stands above"}
		}
		t = parent.clone()
		t.Words = nil
		if keep == nil { // a half that binarize makes
			t.Labels, t.Classes, t.Hub, t.Also = 2, nil, "", nil
		}
		for _, k := range keep {
			t.Keep = append(t.Keep, slices.Index(t.Classes, k))
		}
		if keep != nil {
			t.Of, t.Labels = t.Labels, len(keep)
		}
		if slices.Contains(t.Keep, -1) {
			return t, &FileError{File: path, Row: n.Line, Column: `"keep"`, Problem: "names a class that " + of + " does not have", Remedy: "take its names"}
		}
	}
	t.Name = name
	return t, readFields(path, &own, &t)
}

// Custom is the name of a task that the registry knows nothing of: columns and labels are found in the files or given
// in [Options].
const Custom = "custom"

// Names lists the registered tasks in alphabetical order.
func Names() []string {
	registry.Lock()
	defer registry.Unlock()
	return slices.Sorted(maps.Keys(registered()))
}

// Register makes a task known by its name, as if it stood in the catalogue. What it leaves empty is filled in as for a task file; a name that
// is taken is an error.
func Register(t Task) error {
	t = t.clone()
	if fe := t.fill(); fe != nil {
		fe.File = "task " + t.Name
		return fe
	}
	if !validName(t.Name) {
		return Usagef("a task cannot be called %s: results stand in a directory of that name; letters, digits, dots, dashes and underscores are good", quote(t.Name))
	}
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registered()[t.Name]; taken || t.Name == Custom {
		return Usagef("a task called %s is registered already: choose another name", t.Name)
	}
	registered()[t.Name] = t
	return nil
}

// Lookup returns a registered task, or the task "custom" for data given as files alone. For an unknown name the error is
// a [*UsageError] that offers near names.
func Lookup(name string) (Task, error) {
	if name == Custom {
		return Task{Name: Custom, Label: "label", Score: Accuracy}, nil
	}
	registry.Lock()
	t, ok := registered()[name]
	registry.Unlock()
	if ok {
		return t.clone(), nil
	}
	const own = "or a data set of your own use --task_type custom with train, dev and test files in --data_path"
	if name == "" {
		return Task{}, Usagef("no task named: --task_type takes one of %s; f%s", strings.Join(Names(), ", "), own)
	}
	if q := near.Question(name, append(Names(), Custom), ""); q != "" {
		return Task{}, Usagef("unknown task %q; %s F%s", name, q, own)
	}
	return Task{}, Usagef("unknown task %q: the registered tasks are %s; f%s", name, strings.Join(Names(), ", "), own)
}

// Catalogue returns every registered task, in alphabetical order.
func Catalogue() []Task {
	var out []Task
	for _, name := range Names() {
		if t, err := Lookup(name); err == nil {
			out = append(out, t)
		}
	}
	return out
}
