package bpe

import (
	"sort"
	"unicode/utf8"
)

// class is what the split pattern tells apart in a character. classRuns has it
// from the library: Go 1.26's tables (Unicode 15) class 5,004 code points otherwise.
type class uint8

const (
	other  class = iota // [^\s\p{L}\p{N}]
	letter              // \p{L}
	number              // \p{N}
	space               // \s

	classMask = 3
	wordBit   = 4 // \w, which Rust's regular expressions class apart
	kindBits  = 3
)

// lowKinds holds the first two planes, where nearly all text lies, one byte a
// code point, so that a character costs a load instead of a search.
var lowKinds = expandRuns()

func expandRuns() *[0x20000]uint8 {
	var low [0x20000]uint8
	for i, r := range classRuns {
		end := uint32(utf8.MaxRune + 1)
		if i+1 < len(classRuns) {
			end = classRuns[i+1] >> kindBits
		}
		for cp := r >> kindBits; cp < min(end, uint32(len(low))); cp++ {
			low[cp] = uint8(r & (1<<kindBits - 1))
		}
	}
	return &low
}

// kindOf gives class and wordBit of a character.
func kindOf(r rune) uint8 {
	if uint32(r) < uint32(len(lowKinds)) {
		return lowKinds[r]
	}
	i := sort.Search(len(classRuns), func(i int) bool { return classRuns[i]>>kindBits > uint32(r) })
	return uint8(classRuns[i-1] & (1<<kindBits - 1))
}

func classOf(r rune) class { return class(kindOf(r) & classMask) }

func isWord(r rune) bool { return kindOf(r)&wordBit != 0 }

// classAt gives the class and the length in bytes of the character at s[i].
func classAt(s string, i int) (class, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return class(lowKinds[c] & classMask), 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	return classOf(r), n
}
