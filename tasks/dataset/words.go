package dataset

import (
	"fmt"
	"strings"
)

// The marks of a list of words as --verb writes it.
const (
	labelMark = "," // between labels
	wordMark  = "|" // between the words of one label
)

// ParseWords reads a list of words: labels separated by commas, the words of one label by strokes, as in
// "bad|terrible,good|great". Blanks belong to the words, as they do for the tokenizer.
func ParseWords(s string) [][]string {
	var out [][]string
	for label := range strings.SplitSeq(s, labelMark) {
		out = append(out, strings.Split(label, wordMark))
	}
	return out
}

// FormatWords writes words as [ParseWords] reads them.
func FormatWords(words [][]string) string {
	labels := make([]string, len(words))
	for k, w := range words {
		labels[k] = strings.Join(w, wordMark)
	}
	return strings.Join(labels, labelMark)
}

// single makes each word a label's only one.
func single(words ...string) [][]string {
	out := make([][]string, len(words))
	for k, w := range words {
		out[k] = []string{w}
	}
	return out
}

// spelled shows a word's tokens as the vocabulary spells them.
func spelled(tok Tokenizer, ids []int32) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = fmt.Sprintf("%s %d", quote(tok.Token(id)), id)
	}
	return strings.Join(list, ", ")
}
