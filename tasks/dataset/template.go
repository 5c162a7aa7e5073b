package dataset

import (
	"slices"
	"strings"
)

const maskMark = "<mask>"

// Templates that a task without one of its own takes; "It was" is LM-BFF's (Gao et al. 2021).
const (
	DefaultTemplate     = "{text} It was <mask>."
	DefaultPairTemplate = "{text_a} <mask>, {text_b}"
)

// A Template is a hand-written prompt: a text with places for an example's own and one <mask>, where the answer is read.
type Template struct {
	source string
	parts  []part
	pair   bool
	blank  bool // stands before <mask>
}

// part is a literal text, or a place.
type part struct {
	literal string
	place   int  // 1, 2: the example's first, second text
	blank   bool // stands before the place
}

// ParseTemplate reads a template. {text} (or {text_a}) and {text_b} are the places; {{ and }} are braces.
func ParseTemplate(s string) (*Template, error) {
	t := &Template{source: s}
	bad := func(format string, args ...any) (*Template, error) {
		return nil, Usagef("template %s: "+format, append([]any{quote(s)}, args...)...)
	}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, part{literal: literal.String()})
			literal.Reset()
		}
	}
	for rest := s; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			literal.WriteString(rest)
			break
		}
		literal.WriteString(rest[:i])
		rest = rest[i:]
		if strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}") {
			literal.WriteByte(rest[0])
			rest = rest[2:]
			continue
		}
		name, after, ok := strings.Cut(strings.TrimPrefix(rest, "{"), "}")
		if rest[0] == '}' || !ok {
			return bad("a brace stands alone; {text} is a place, {{ and }} are braces")
		}
		place := map[string]int{"text": 1, "text_a": 1, "text_b": 2}[name]
		if place == 0 {
			return bad("there is no {%s}; the places are {text}, or {text_a} and {text_b}", name)
		}
		if slices.ContainsFunc(t.parts, func(p part) bool { return p.place == place }) {
			return bad("{%s} stands there twice", name)
		}
		flush()
		t.parts = append(t.parts, part{place: place})
		t.pair = t.pair || place == 2
		rest = after
	}
	flush()
	if !slices.ContainsFunc(t.parts, func(p part) bool { return p.place == 1 }) {
		return bad("no place for the text; write {text}, or {text_a} and {text_b}")
	}
	masks := 0
	for _, p := range t.parts {
		before, _, ok := strings.Cut(p.literal, maskMark)
		masks += strings.Count(p.literal, maskMark)
		t.blank = t.blank || ok && strings.HasSuffix(before, " ")
	}
	if masks != 1 {
		return bad("%d times %s; the answer is read at one", masks, maskMark)
	}
	t.moveBlanks()
	return t, nil
}

// moveBlanks gives the blank before a place to the text there: to the tokenizer it belongs to the word behind it.
func (t *Template) moveBlanks() {
	for i := 1; i < len(t.parts); i++ {
		if lit, ok := strings.CutSuffix(t.parts[i-1].literal, " "); ok && t.parts[i].place > 0 {
			t.parts[i-1].literal, t.parts[i].blank = lit, true
		}
	}
}

// String is the template as it was written.
func (t *Template) String() string { return t.source }

// Pair reports whether it has places for two texts.
func (t *Template) Pair() bool { return t.pair }

// InText reports whether a blank stands before <mask>, so that the answer's token is that of a word behind a blank.
func (t *Template) InText() bool { return t.blank }

// Fits checks that a task has as many texts as the template has places.
func (t *Template) Fits(task Task) error {
	switch {
	case task.Rule == BuiltIn: // its texts are empty
		return nil
	case task.Pair() && !t.pair:
		return Usagef("template %s has a place for one text, %s has two: write {text_a} and {text_b}", quote(t.source), task.Name)
	case !task.Pair() && t.pair:
		return Usagef("template %s has places for two texts, %s has one: write {text}", quote(t.source), task.Name)
	}
	return nil
}
