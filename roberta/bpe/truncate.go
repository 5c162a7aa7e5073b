package bpe

import "math"

const (
	singleExtra = 2 // <s> … </s>
	pairExtra   = 4 // <s> … </s></s> … </s>
)

// EncodeTruncated is [Tokenizer.Encode] with the text cut at its end so that no
// more than n ids come back, <s> and </s> among them: Hugging Face's
// truncation=True, max_length=n. Below 2, where Hugging Face gives up and cuts
// nothing, the first n of <s></s> come back.
func (t *Tokenizer) EncodeTruncated(text string, n int) []int32 {
	s := t.borrow()
	defer t.giveBack(s)
	room := max(n-singleExtra, 0)
	s.ids = t.appendText(s.ids[:0], text, room, s)
	ids := t.wrap(s.ids[:min(len(s.ids), room)], nil, false)
	return ids[:max(min(len(ids), n), 0)]
}

// EncodePairTruncated is [Tokenizer.EncodePair] with no more than n ids, as
// Hugging Face's longest_first: the longer text gives way until both are equally
// long, then both. Below 4, where Hugging Face gives up and cuts nothing, the first
// n of <s></s></s></s> come back.
func (t *Tokenizer) EncodePairTruncated(a, b string, n int) []int32 {
	s := t.borrow()
	defer t.giveBack(s)
	s.ids = t.appendText(s.ids[:0], a, math.MaxInt, s)
	split := len(s.ids)
	s.ids = t.appendText(s.ids, b, math.MaxInt, s)
	keepA, keepB := LongestFirst(split, len(s.ids)-split, max(n-pairExtra, 0))
	ids := t.wrap(s.ids[:keepA], s.ids[split:split+keepB], true)
	return ids[:max(min(len(ids), n), 0)]
}

// LongestFirst returns how much of two sequences of lengths a and b is kept so
// that their sum is at most room. The odd id goes to the one that was longer, to the second
// if both were alike.
func LongestFirst(a, b, room int) (int, int) {
	if a <= room-b {
		return a, b
	}
	short := min(min(a, b), room/2)
	long := room - short
	if a > b {
		return long, short
	}
	return short, long
}
