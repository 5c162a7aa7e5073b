package dataset

import (
	"slices"

	"github.com/skillneuron/skillneuron/roberta/bpe"
)

// Layout is a template in a model's tokens.
type Layout struct {
	tok   Tokenizer
	pair  bool
	parts []tokens
	own   int // tokens of the template itself
	mask  int // which of them is <mask>
	room  int // for the texts
}

// tokens is a part of a layout: ids of a literal, or a place.
type tokens struct {
	ids []int32
	part
}

// Layout turns the template into tokens, for a model that takes max of them.
func (t *Template) Layout(tok Tokenizer, max int) (*Layout, error) {
	l := &Layout{tok: tok, pair: t.pair, mask: -1}
	for _, p := range t.parts {
		part := tokens{part: p}
		if p.place == 0 {
			part.ids = tok.AppendEncode(nil, p.literal)
		}
		if i := slices.Index(part.ids, tok.Mask()); i >= 0 {
			l.mask = l.own + i
		}
		l.own += len(part.ids)
		l.parts = append(l.parts, part)
	}
	if l.mask < 0 {
		return nil, Usagef("template %s: the tokenizer knows no %s", quote(t.source), maskMark)
	}
	const ends = 2 // <s> and </s>
	if l.room = max - ends - l.own; l.room < 1 {
		return nil, Usagef("template %s is %d tokens long and the model takes %d: nothing is left for the text", quote(t.source), l.own, max)
	}
	return l, nil
}

// Pair reports whether there are places for two texts.
func (l *Layout) Pair() bool { return l.pair }

// Own is the number of the template's own tokens, the rows of its prompt.
func (l *Layout) Own() int { return l.own }

// Mask says which of them is <mask>, counted from 0.
func (l *Layout) Mask() int { return l.mask }

// A Prompted is an example within its template.
type Prompted struct {
	IDs []int32 // <s> … </s>
	Own []int32 // where the template's own tokens stand, ascending
}

// Encode puts an example's texts in their places. Where they are too long they are cut at their ends, the longer one first, and never
// the template.
func (l *Layout) Encode(text, pair string) Prompted {
	var in [2][]int32
	for _, p := range l.parts {
		if p.place == 0 {
			continue
		}
		s := text
		if p.place == 2 {
			s = pair
		}
		if p.blank {
			s = " " + s
		}
		in[p.place-1] = l.tok.AppendEncode(nil, s)
	}
	a, b := bpe.LongestFirst(len(in[0]), len(in[1]), l.room)
	in[0], in[1] = in[0][:a], in[1][:b]
	out := Prompted{IDs: make([]int32, 0, 2+l.own+a+b), Own: make([]int32, 0, l.own)}
	out.IDs = append(out.IDs, l.tok.BOS())
	for _, p := range l.parts {
		if p.place > 0 {
			out.IDs = append(out.IDs, in[p.place-1]...)
			continue
		}
		for _, id := range p.ids {
			out.Own = append(out.Own, int32(len(out.IDs)))
			out.IDs = append(out.IDs, id)
		}
	}
	out.IDs = append(out.IDs, l.tok.EOS())
	return out
}
