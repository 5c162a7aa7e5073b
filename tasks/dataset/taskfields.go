package dataset

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/skillneuron/skillneuron/internal/near"
)

// A field is one field of a task's description.
type field struct {
	name string
	read func(t *Task, n *yaml.Node) error
}

// fields are all of them, in the order in which they are read.
var fields = []field{
	{"name", func(t *Task, n *yaml.Node) error { return oneWord(n, &t.Name) }},
	{"hub", func(t *Task, n *yaml.Node) error { return oneWord(n, &t.Hub) }},
	{"text", func(t *Task, n *yaml.Node) (err error) { t.Columns, err = wordList(n); return err }},
	{"label", func(t *Task, n *yaml.Node) error { return oneWord(n, &t.Label) }},
	{"separator", func(t *Task, n *yaml.Node) error { t.Separator = new(string); return scalar(n, t.Separator) }},
	{"cut", func(t *Task, n *yaml.Node) error { return scalar(n, &t.Cut) }},
	{"labels", readLabels},
	{"words", readWords},
	{"template", readTemplate},
	{"score", func(t *Task, n *yaml.Node) error { return scalar(n, (*string)(&t.Score)) }},
	{"header", readHeader},
	{"splits", readSplits},
	{"also", readAlso},
}

// readFields fills t from a mapping of fields and checks it.
func readFields(path string, n *yaml.Node, t *Task) error {
	if n.Kind != yaml.MappingNode {
		return &FileError{File: path, Row: n.Line, Problem: "is no list of fields such as text: sentence", Remedy: taskRemedy}
	}
	at := map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == key.Value }) {
			return &FileError{File: path, Row: key.Line, Column: quote(key.Value), Problem: "is no field of a task", Remedy: nearField(key.Value)}
		}
		at[key.Value] = n.Content[i+1]
	}
	for _, f := range fields {
		if v := at[f.name]; v != nil {
			if err := f.read(t, v); err != nil {
				return placed(path, v.Line, f.name, err)
			}
		}
	}
	if fe := t.fill(); fe != nil {
		fe.File, fe.Row = path, n.Line
		if v := at[strings.Trim(fe.Column, `"`)]; v != nil {
			fe.Row = v.Line
		}
		return fe
	}
	return nil
}

// placed says where a field's error is.
func placed(path string, line int, name string, err error) error {
	fe, ok := errors.AsType[*FileError](err)
	if !ok {
		fe = &FileError{Problem: err.Error(), Remedy: taskRemedy}
	}
	if fe.Row == 0 {
		fe.Row = line
	}
	if fe.Column == "" {
		fe.Column = quote(name)
	}
	fe.File = path
	return fe
}

func nearField(name string) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	if q := near.Question(name, names, ""); q != "" {
		return q
	}
	return taskRemedy
}
