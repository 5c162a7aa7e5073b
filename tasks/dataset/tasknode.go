package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxTaskBytes bounds a task file: it holds a few lines.
const maxTaskBytes = 1 << 20

// taskNode parses a task file. JSON has a parser of its own, because YAML knows neither its surrogate pairs nor its tabs. Scalars keep their
// spelling: a class named no, 1.0 or null is a name.
func taskNode(path string, data []byte, isJSON bool) (*yaml.Node, error) {
	if len(data) > maxTaskBytes {
		return nil, &FileError{File: path, Problem: fmt.Sprintf("has more than %d bytes, so it is no task file", maxTaskBytes), Remedy: taskRemedy}
	}
	var n *yaml.Node
	var err error
	if isJSON {
		n, err = jsonNode(path, data)
	} else {
		n, err = yamlNode(path, data)
	}
	if err != nil {
		return nil, err
	}
	return n, plainNode(path, n)
}

const taskRemedy = "docs/tasks.md lists what a task file holds"

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

func yamlNode(path string, data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &FileError{File: path, Problem: "is empty", Remedy: taskRemedy}
		}
		fe := &FileError{File: path, Problem: "bad YAML", Err: err, Remedy: "mend it; " + taskRemedy}
		if m := yamlLine.FindStringSubmatch(strings.Join(strings.Fields(err.Error()), " ")); m != nil {
			fe.Row, _ = strconv.Atoi(m[1])
			fe.Err = errors.New(m[2])
		}
		return nil, fe
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &FileError{File: path, Problem: "holds a second YAML document", Remedy: "a task file describes one task"}
	}
	return doc.Content[0], nil
}

// plainNode refuses what makes a document hard to read, or larger than it looks.
func plainNode(path string, n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return &FileError{File: path, Row: n.Line, Problem: "anchors and aliases are not taken", Remedy: "write the value out"}
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				return &FileError{File: path, Row: key.Line, Problem: "a key that is no word", Remedy: taskRemedy}
			}
			if seen[key.Value] {
				return &FileError{File: path, Row: key.Line, Column: quote(key.Value), Problem: "stands twice", Remedy: "remove one of them"}
			}
			seen[key.Value] = true
		}
	}
	for _, c := range n.Content {
		if err := plainNode(path, c); err != nil {
			return err
		}
	}
	return nil
}

// jsonNode is a JSON document as YAML's tree, which keeps the order of keys.
func jsonNode(path string, data []byte) (*yaml.Node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	row, seen := 1, int64(0)
	line := func() int {
		row += bytes.Count(data[seen:dec.InputOffset()], []byte("\n"))
		seen = dec.InputOffset()
		return row
	}
	bad := func(err error) error {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return &FileError{File: path, Row: line(), Problem: "bad JSON", Err: err, Remedy: "mend it; " + taskRemedy}
	}
	const deepest = 32
	var value func(depth int) (*yaml.Node, error)
	value = func(depth int) (*yaml.Node, error) {
		tok, err := dec.Token()
		if err != nil {
			return nil, bad(err)
		}
		n := &yaml.Node{Kind: yaml.ScalarNode, Line: line()}
		d, compound := tok.(json.Delim)
		if !compound {
			if tok != nil { // null is as empty as in YAML
				n.Value = fmt.Sprint(tok)
			}
			return n, nil
		}
		if depth == deepest {
			return nil, bad(errors.New("nested too deeply"))
		}
		if n.Kind = yaml.SequenceNode; d == '{' {
			n.Kind = yaml.MappingNode
		}
		for dec.More() {
			part, err := value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, part)
		}
		if _, err := dec.Token(); err != nil {
			return nil, bad(err)
		}
		return n, nil
	}
	n, err := value(0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, bad(errors.New("something stands behind the object"))
	}
	return n, nil
}
