package report

import (
	"fmt"
	"regexp"

	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Page is one document: index.html with its pictures in figures/.
type Page struct {
	Title    string
	Lead     string // what the page says in one or two sentences; paragraphs stand apart by empty lines
	Facts    []Fact // how the results came about: backbone, seed, version
	Sections []Section
	Closing  string // last paragraph, such as where to read on
}

// Fact is one line of a page's provenance.
type Fact struct{ Name, Value string }

// Section is a part of a page under a title.
type Section struct {
	Title  string
	Text   string // paragraphs stand apart by empty lines
	Blocks []Block
}

// Block is what a section holds: a [Figure], [Tables], [Cards] or [Commands].
type Block interface{ check() error }

// Figure is a picture with its name, caption and description.
type Figure struct {
	Name    string // file name below figures/ without extension: lower-case letters, digits, - and _
	Caption string
	Alt     string // for those who do not see it; empty: made from the data
	Picture Picture
}

// Table is a [table.Table] on a page.
type Table = table.Table

// Tables are tables, one below the other.
type Tables []Table

// Commands are command lines to try next, each after a line that says what it does.
type Commands []Command

// Command is one of [Commands].
type Command struct{ What, Line string }

var figureName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

func (f Figure) check() error {
	if !figureName.MatchString(f.Name) {
		return fmt.Errorf("figure %q: a name has lower-case letters, digits, - and _ only", f.Name)
	}
	if f.Picture == nil {
		return fmt.Errorf("figure %q has no picture", f.Name)
	}
	return nil
}

func (ts Tables) check() error {
	for _, t := range ts {
		if err := t.Check(); err != nil {
			return err
		}
	}
	return nil
}

func (Commands) check() error { return nil }
