package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// A Tokenizer is what verbalizers and templates need of one; *bpe.Tokenizer is one.
type Tokenizer interface {
	AppendEncode(dst []int32, text string) []int32 // the text alone, without start and end tokens
	Token(id int32) string                         // as the vocabulary spells it
	VocabSize() int
	BOS() int32
	EOS() int32
	Pad() int32
	Mask() int32
}

// special reports whether no text can hold the token: the model's own marks, and the places that fairseq filled up the
// vocabulary with.
func special(tok Tokenizer, id int32) bool {
	switch id {
	case tok.BOS(), tok.EOS(), tok.Pad(), tok.Mask():
		return true
	}
	name := tok.Token(id)
	return name == "" || name == "<unk>" || strings.HasPrefix(name, "madeupword")
}

// A Verbalizer reads a class off the vocabulary: class k is answered by the logits of tokens IDs[k], joined by logsumexp
// where there are several, so that its probability is the sum of theirs.
type Verbalizer struct {
	Words    [][]string // by class, one or more; random tokens as the vocabulary spells them
	IDs      [][]int32  // by class and word, all different
	Warnings []string   // words that are more than one token, of which only the first piece is read
}

// VerbalizerOptions say how words become tokens.
type VerbalizerOptions struct {
	Seed   uint64 // draws random tokens
	InText bool   // the answer stands behind a blank, as at a template's <mask>: "good" is the token of " good"
}

// Verbalizer resolves words: none for the task's own; one list for each class; or a single word, which asks for random
// tokens, different ones, one a class, drawn from the seed. The token of a word is its first piece at the start of a text, or
// within one.
func (t Task) Verbalizer(words [][]string, tok Tokenizer, opt VerbalizerOptions) (Verbalizer, error) {
	if t.Labels < 2 {
		return Verbalizer{}, Usagef("task %s has no number of labels yet: load its data first", t.Name)
	}
	list := t.Words
	if len(words) > 0 {
		list = words
	}
	switch {
	case len(list) == 0:
		return Verbalizer{}, Usagef("%s has %d labels and no default words: give one word a class with --verb w1,w2,…, or the class names with --labels", t.Name, t.Labels)
	case len(words) == 1 && len(words[0]) == 1:
		return t.randomVerbalizer(tok, opt.Seed)
	case len(list) != t.Labels:
		return Verbalizer{}, Usagef("--verb %s: words of %s for the %s of %s; give a label one word, or several with | between, and a comma between labels (a single word draws random tokens)",
			quote(FormatWords(list)), amount.Of(len(list), "label"), amount.Of(t.Labels, "label"), t.Name)
	}
	v := Verbalizer{Words: list}
	taken := map[int32]place{}
	for k, ofClass := range list {
		if len(ofClass) == 0 {
			return Verbalizer{}, Usagef("--verb: label %d has no word", k)
		}
		v.IDs = append(v.IDs, nil)
		for _, w := range ofClass {
			id, err := v.token(tok, place{w, k}, opt.InText, taken)
			if err != nil {
				return Verbalizer{}, err
			}
			v.IDs[k] = append(v.IDs[k], id)
		}
	}
	return v, nil
}

// place is a word and its class.
type place struct {
	word  string
	class int
}

// token is the first piece of a word, which no word before may have taken.
func (v *Verbalizer) token(tok Tokenizer, p place, inText bool, taken map[int32]place) (int32, error) {
	text := p.word
	if inText && text != "" && text[0] != ' ' {
		text = " " + text
	}
	ids := tok.AppendEncode(nil, text)
	if len(ids) == 0 {
		return 0, Usagef("--verb: a word of label %d (%s) has no token", p.class, quote(p.word))
	}
	id := ids[0]
	if special(tok, id) {
		return 0, Usagef("--verb: word %s of label %d is a special token", quote(p.word), p.class)
	}
	if other, twice := taken[id]; twice {
		return 0, Usagef("--verb: %s and %s (labels %d and %d) share the first token %s: choose words that differ in it",
			quote(other.word), quote(p.word), other.class, p.class, spelled(tok, ids[:1]))
	}
	taken[id] = p
	if len(ids) > 1 {
		v.Warnings = append(v.Warnings, fmt.Sprintf("verbalizer word %s is %d tokens (%s), of which the first is read", quote(p.word), len(ids), spelled(tok, ids)))
	}
	return id, nil
}

// randomVerbalizer draws different tokens.
func (t Task) randomVerbalizer(tok Tokenizer, seed uint64) (Verbalizer, error) {
	n := tok.VocabSize()
	free := 0
	for id := range int32(n) {
		if !special(tok, id) {
			free++
		}
	}
	if free < t.Labels {
		return Verbalizer{}, Usagef("--verb: the vocabulary has %d tokens, too few for %d labels", free, t.Labels)
	}
	var v Verbalizer
	taken := map[int32]bool{}
	for rng := Stream(seed, "verbalizer"); len(v.IDs) < t.Labels; {
		id := rng.Int32N(int32(n))
		if taken[id] || special(tok, id) {
			continue
		}
		taken[id] = true
		v.IDs = append(v.IDs, []int32{id})
		v.Words = append(v.Words, []string{tok.Token(id)})
	}
	return v, nil
}

// Equal reports whether two verbalizers read the same tokens.
func (v Verbalizer) Equal(w Verbalizer) bool {
	return slices.EqualFunc(v.IDs, w.IDs, slices.Equal[[]int32])
}
