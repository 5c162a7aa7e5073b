package bpe

import (
	"strings"
	"unicode/utf8"
)

// replaceInvalid returns s with U+FFFD for each maximal subpart of an ill-formed
// sequence (Unicode 3.9, table 3-8), as Python's errors="replace" and Rust's
// from_utf8_lossy do. Ranging over a string gives one U+FFFD a byte instead.
func replaceInvalid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b.WriteRune(utf8.RuneError)
			i += subpart(s[i:])
			continue
		}
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

// subpart returns the length of the longest beginning of s that some
// well-formed character begins with, at least 1. s begins with no such character whole.
func subpart(s string) int {
	lo, hi, want := byte(0x80), byte(0xBF), 0
	switch c := s[0]; {
	case c >= 0xC2 && c <= 0xDF:
		want = 2
	case c >= 0xE0 && c <= 0xEF:
		want = 3
	case c >= 0xF0 && c <= 0xF4:
		want = 4
	}
	switch s[0] {
	case 0xE0:
		lo = 0xA0 // overlong below
	case 0xED:
		hi = 0x9F // surrogates above
	case 0xF0:
		lo = 0x90
	case 0xF4:
		hi = 0x8F // past U+10FFFF above
	}
	n := 1
	for n < want && n < len(s) && lo <= s[n] && s[n] <= hi {
		n, lo, hi = n+1, 0x80, 0xBF
	}
	return n
}
