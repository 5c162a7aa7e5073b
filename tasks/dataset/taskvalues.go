package dataset

import (
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

func scalar(n *yaml.Node, to *string) error {
	if n.Kind != yaml.ScalarNode {
		return &FileError{Row: n.Line, Problem: "has several values where one is wanted", Remedy: taskRemedy}
	}
	*to = n.Value
	return nil
}

// oneWord is a scalar that is not blank.
func oneWord(n *yaml.Node, to *string) error {
	if err := scalar(n, to); err != nil {
		return err
	}
	if strings.TrimSpace(*to) == "" {
		return &FileError{Row: n.Line, Problem: "is empty", Remedy: "give it a value, or leave it out"}
	}
	return nil
}

// wordList is one word or a list of them.
func wordList(n *yaml.Node) ([]string, error) {
	if n.Kind == yaml.MappingNode {
		return nil, &FileError{Row: n.Line, Problem: "is no word and no list of words", Remedy: taskRemedy}
	}
	parts := n.Content
	if n.Kind == yaml.ScalarNode {
		parts = []*yaml.Node{n}
	}
	var out []string
	for _, p := range parts {
		var s string
		if err := oneWord(p, &s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, &FileError{Row: n.Line, Problem: "is empty", Remedy: "give it a value, or leave it out"}
	}
	return out, nil
}

// readLabels takes a number of classes, their names, or their names with their words.
func readLabels(t *Task, n *yaml.Node) (err error) {
	switch n.Kind {
	case yaml.ScalarNode:
		v, err := strconv.Atoi(n.Value)
		if err != nil {
			return &FileError{Problem: quote(n.Value) + " is no number of classes and no list of their names", Remedy: taskRemedy}
		}
		t.Labels, t.Exact = v, false
		if v < 2 || v > maxClasses {
			return &FileError{Problem: "a task has 2 to 256 classes", Remedy: "give the classes in the order of their indices"}
		}
	case yaml.SequenceNode:
		t.Classes, err = wordList(n)
	default:
		for i := 0; i < len(n.Content) && err == nil; i += 2 {
			var name string
			var words []string
			if err = oneWord(n.Content[i], &name); err == nil {
				words, err = wordList(n.Content[i+1])
			}
			t.Classes, t.Words = append(t.Classes, name), append(t.Words, words)
		}
	}
	return err
}

// readWords takes one entry a class: a word, or a list of them.
func readWords(t *Task, n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return &FileError{Problem: "is no list of words", Remedy: "give the words of every class in its place: [bad, good] or [[bad, awful], good]"}
	}
	t.Words = nil
	for _, c := range n.Content {
		words, err := wordList(c)
		if err != nil {
			return err
		}
		t.Words = append(t.Words, words)
	}
	return nil
}

// readTemplate takes a hand-written prompt.
func readTemplate(t *Task, n *yaml.Node) error {
	if err := oneWord(n, &t.Template); err != nil {
		return err
	}
	if _, err := ParseTemplate(t.Template); err != nil {
		return &FileError{Problem: err.Error()}
	}
	return nil
}

func readHeader(t *Task, n *yaml.Node) error {
	switch strings.ToLower(n.Value) {
	case "yes", "true":
		t.Header = HeaderYes
	case "no", "false":
		t.Header = HeaderNo
	default:
		return &FileError{Problem: quote(n.Value) + " is neither yes nor no", Remedy: "leave it out to find out"}
	}
	return nil
}

// readSplits takes the files of each split, or, in the catalogue, the names of the published ones.
func readSplits(t *Task, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		if err := oneWord(n, &t.Published); err != nil {
			return err
		}
		t.Rule = [...]SplitRule{AsFound, OneSplit, TwoSplits, ThreeSplit}[min(3, len(strings.Fields(t.Published)))]
		if t.Published == "none" {
			t.Rule = BuiltIn
		}
		return nil
	}
	t.Splits = map[string][]string{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		split := rowio.SplitOf(key.Value)
		if split == "" {
			return &FileError{Row: key.Line, Problem: quote(key.Value) + " is no split", Remedy: "train, dev (or val, valid, validation) and test are"}
		}
		if t.Splits[split] != nil {
			return &FileError{Row: key.Line, Problem: "the " + split + " split stands twice", Remedy: "dev, val, valid and validation are one"}
		}
		files, err := wordList(n.Content[i+1])
		if err != nil {
			return err
		}
		for _, f := range files {
			if !fs.ValidPath(filepath.ToSlash(f)) {
				return &FileError{Row: key.Line, Problem: quote(f) + " is no file beside this one", Remedy: "name files of this directory"}
			}
		}
		t.Splits[split] = files
	}
	return nil
}

// readAlso reads the catalogue's other layouts.
func readAlso(t *Task, n *yaml.Node) error {
	for _, part := range n.Content {
		var one Task
		var cells []string
		for i := 0; part.Kind == yaml.MappingNode && i < len(part.Content); i += 2 {
			var err error
			switch v := part.Content[i+1]; part.Content[i].Value {
			case "text":
				one.Columns, err = wordList(v)
			case "label":
				err = oneWord(v, &one.Label)
			case "separator":
				one.Separator = new(string)
				err = scalar(v, one.Separator)
			case "cut":
				err = scalar(v, &one.Cut)
			case "cells":
				cells, err = wordList(v)
			default:
				err = &FileError{Row: part.Line, Problem: quote(part.Content[i].Value) + " is no field of a layout", Remedy: taskRemedy}
			}
			if err != nil {
				return err
			}
		}
		t.Also = append(t.Also, Also{one.Columns, one.Label, one.Separator, one.Cut, cells})
	}
	return nil
}
