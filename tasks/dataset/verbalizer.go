package dataset

import (
	"fmt"
	"strings"
)

// A Tokenizer is what a verbalizer needs of one; *bpe.Tokenizer is one.
type Tokenizer interface {
	Encode(text string) []int32 // with the start token first and the end token last
	Token(id int32) string      // as the vocabulary spells it
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

// A Verbalizer reads a class off the vocabulary: class k is answered by the logit of token IDs[k].
type Verbalizer struct {
	Words    []string // by class; random tokens as the vocabulary spells them
	IDs      []int32  // by class, all different
	Warnings []string // words that are more than one token, of which only the first piece is read
}

// Verbalizer resolves words, the value of --verb: empty for the task's own words; one word for each class, separated by
// commas (blanks belong to the words, as they do for the tokenizer); or a single word, which asks for random tokens,
// different ones, drawn from the seed. The token of a word is its first piece at the start of a text.
func (t Task) Verbalizer(words string, tok Tokenizer, seed uint64) (Verbalizer, error) {
	if t.Labels < 2 {
		return Verbalizer{}, Usagef("task %s has no number of labels yet: load its data first", t.Name)
	}
	list := t.Words
	if words != "" {
		list = strings.Split(words, ",")
	}
	switch {
	case len(list) == 0:
		return Verbalizer{}, Usagef("%s has %d labels and no default words: give one word a class with --verb w1,w2,…, or the class names with --labels", t.Name, t.Labels)
	case words != "" && len(list) == 1:
		return t.randomVerbalizer(tok, seed)
	case len(list) != t.Labels:
		return Verbalizer{}, Usagef("--verb %s: %d words for the %d labels of %s; give one a class, or a single word for random tokens", quote(strings.Join(list, ",")), len(list), t.Labels, t.Name)
	}
	v := Verbalizer{Words: list}
	class := map[int32]int{}
	for k, w := range list {
		ids := tok.Encode(w)
		if len(ids) < 3 {
			return Verbalizer{}, Usagef("--verb: word %d of %d (%s) has no token", k+1, len(list), quote(w))
		}
		id := ids[1]
		if special(tok, id) {
			return Verbalizer{}, Usagef("--verb: word %d of %d (%s) is a special token", k+1, len(list), quote(w))
		}
		if other, twice := class[id]; twice {
			return Verbalizer{}, Usagef("--verb: %s and %s (labels %d and %d) share the first token %d: choose words that differ in it", quote(list[other]), quote(w), other, k, id)
		}
		class[id] = k
		if pieces := len(ids) - 2; pieces > 1 {
			v.Warnings = append(v.Warnings, fmt.Sprintf("verbalizer word %s is %d tokens, of which the first (%d) is read", quote(w), pieces, id))
		}
		v.IDs = append(v.IDs, id)
	}
	return v, nil
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
		v.IDs = append(v.IDs, id)
		v.Words = append(v.Words, tok.Token(id))
	}
	return v, nil
}
