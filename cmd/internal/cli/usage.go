package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// Columns of --help: where the explanations start, and where lines end.
const (
	usageIndent = 30
	usageWidth  = 100
)

// usage writes what --help shows.
func (f *Flags) usage(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n\nUsage:\n  %s [flags]%s\n", f.cmd.Name, f.cmd.Purpose, f.cmd.Name, spaced(f.cmd.Args))
	if len(f.cmd.Examples) > 0 {
		title := "Example"
		if len(f.cmd.Examples) > 1 {
			title = "Examples"
		}
		fmt.Fprintf(w, "\n%s:\n", title)
		for _, e := range f.cmd.Examples {
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(strings.TrimSpace(e), "\n", "\n  "))
		}
	}
	for _, g := range append(f.groups, "") {
		var lines []string
		f.VisitAll(func(fl *pflag.Flag) {
			if f.groupOf[fl.Name] == g && !fl.Hidden {
				lines = append(lines, f.describe(fl))
			}
		})
		if len(lines) == 0 {
			continue
		}
		title := g
		if title == "" {
			title = "General"
		}
		fmt.Fprintf(w, "\n%s:\n%s\n", title, strings.Join(lines, "\n"))
	}
	fmt.Fprint(w, "\nDashes and underscores in a flag's name are the same: --task-type is --task_type.\n")
}

func spaced(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

// describe is a flag's entry in --help.
func (f *Flags) describe(fl *pflag.Flag) string {
	value, text := pflag.UnquoteUsage(fl)
	text = strings.TrimPrefix(text, value+": ")
	if c, ok := fl.Value.(*choice); ok {
		value = strings.Join(c.of, "|")
	}
	head := "      --" + fl.Name
	if fl.Shorthand != "" {
		head = "  -" + fl.Shorthand + ", --" + fl.Name
	}
	head += spaced(value)

	var notes []string
	if also := spellings(fl.Name); len(also) > 0 {
		notes = append(notes, "also "+strings.Join(also, ", "))
	}
	if d, ok := f.defaults[fl.Name]; ok {
		notes = append(notes, "default: "+d)
	} else if fl.DefValue != "" && fl.Value.Type() != "bool" {
		notes = append(notes, "default "+fl.DefValue)
	} else if fl.Value.Type() == "bool" && fl.DefValue == "true" {
		notes = append(notes, "default true; --"+fl.Name+"=false turns it off")
	}
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, "; ") + ")"
	}

	lines := wrap(text, usageWidth-usageIndent)
	var b strings.Builder
	if len(head)+2 > usageIndent {
		fmt.Fprintf(&b, "%s\n%*s%s", head, usageIndent, "", lines[0])
	} else {
		fmt.Fprintf(&b, "%-*s%s", usageIndent, head, lines[0])
	}
	for _, l := range lines[1:] {
		fmt.Fprintf(&b, "\n%*s%s", usageIndent, "", l)
	}
	return b.String()
}

// wrap breaks text into lines of at most width runes where words allow it; it returns at least one line.
func wrap(text string, width int) []string {
	lines := []string{""}
	n := 0
	for _, word := range strings.Fields(text) {
		w := len([]rune(word))
		last := len(lines) - 1
		switch {
		case n == 0:
			lines[last], n = word, w
		case n+1+w > width:
			lines, n = append(lines, word), w
		default:
			lines[last] += " " + word
			n += 1 + w
		}
	}
	return lines
}

// Titles of the groups of --help.
const (
	GroupWhat  = "What to do"
	GroupModel = "Model"
	GroupData  = "Data"
	GroupRun   = "How it runs"
)
