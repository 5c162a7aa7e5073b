package bpe

import (
	"math"
	"slices"
)

// Encode returns <s> text </s> as ids, however long.
func (t *Tokenizer) Encode(text string) []int32 {
	return t.EncodeTruncated(text, math.MaxInt)
}

// EncodePair returns <s> a </s></s> b </s> as ids, however long.
func (t *Tokenizer) EncodePair(a, b string) []int32 {
	return t.EncodePairTruncated(a, b, math.MaxInt)
}

// AppendEncode appends the ids of text alone, without <s> and </s>, to dst.
// Added tokens inside the text are found as such.
func (t *Tokenizer) AppendEncode(dst []int32, text string) []int32 {
	s := t.borrow()
	defer t.giveBack(s)
	return t.appendText(dst, text, math.MaxInt, s)
}

// Pieces returns the tokens of text alone, as the files write them: what a
// message shows about a word that is not one token.
func (t *Tokenizer) Pieces(text string) []string {
	var pieces []string
	for _, id := range t.AppendEncode(nil, text) {
		pieces = append(pieces, t.Token(id))
	}
	return pieces
}

// appendText appends the ids of text, and may stop once dst holds enough of them.
func (t *Tokenizer) appendText(dst []int32, text string, enough int, s *scratch) []int32 {
	return t.appendSegment(dst, replaceInvalid(text), t.added, enough, s)
}

// appendSegment takes text apart at the tokens of the first set, what lies between
// at those of the next, and what is left into words.
func (t *Tokenizer) appendSegment(dst []int32, text string, sets []*addedSet, enough int, s *scratch) []int32 {
	if len(sets) == 0 {
		return t.appendWords(dst, text, enough, s)
	}
	done := 0
	for pos := 0; len(dst) < enough; {
		token, start := sets[0].find(text, pos)
		if token == nil {
			break
		}
		end := start + len(token.Content)
		pos = end
		if token.SingleWord && !standsAlone(text, start, end) {
			continue
		}
		if token.LStrip {
			start = blanksBefore(text, done, start)
		}
		if token.RStrip {
			end = blanksAfter(text, end)
		}
		if done < start {
			dst = t.appendSegment(dst, text[done:start], sets[1:], enough, s)
		}
		dst = append(dst, token.ID)
		done = end
	}
	if done < len(text) {
		dst = t.appendSegment(dst, text[done:], sets[1:], enough, s)
	}
	return dst
}

// appendWords splits text, which holds no added token, and appends its words' ids.
func (t *Tokenizer) appendWords(dst []int32, text string, enough int, s *scratch) []int32 {
	if t.prefixSpace && text[0] != ' ' {
		text = " " + text
	}
	for i := 0; i < len(text) && len(dst) < enough; {
		end := pieceEnd(text, i)
		word := text[i:end]
		i = end
		hit, free := t.cache.find(word)
		if hit != nil {
			dst = append(dst, hit.ids...)
			continue
		}
		from := len(dst)
		dst = t.appendWord(dst, word, s)
		if free != nil {
			keep(free, word, dst[from:])
		}
	}
	return dst
}

func (t *Tokenizer) borrow() *scratch {
	if s, ok := t.scratch.Get().(*scratch); ok {
		return s
	}
	return &scratch{}
}

func (t *Tokenizer) giveBack(s *scratch) {
	if cap(s.ids) <= maxKept && cap(s.symbols) <= maxKept && cap(s.queue) <= 2*maxKept {
		t.scratch.Put(s)
	}
}

// wrap returns <s> first </s> or <s> first </s></s> second </s>, exactly as long
// as it has to be.
func (t *Tokenizer) wrap(first, second []int32, pair bool) []int32 {
	if !pair {
		return slices.Concat([]int32{t.bos}, first, []int32{t.eos})
	}
	return slices.Concat([]int32{t.bos}, first, []int32{t.eos, t.eos}, second, []int32{t.eos})
}
