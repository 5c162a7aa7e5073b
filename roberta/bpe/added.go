package bpe

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// addedToken is one token that is looked for in the text before it is split,
// with the flags of tokenizer.json.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only between characters that are not \w
	LStrip     bool   `json:"lstrip"`      // takes the blanks before it
	RStrip     bool   `json:"rstrip"`      // takes the blanks after it
	Normalized bool   `json:"normalized"`  // looked for after those that are not
	Special    bool   `json:"special"`
}

// addedSet finds added tokens: at each place the longest one.
type addedSet struct {
	byFirst [256][]*addedToken // those that begin with this byte, longest first
	firsts  string             // those bytes, to skip what cannot begin a token
}

func newAddedSet(tokens []addedToken, normalized bool) *addedSet {
	set := &addedSet{}
	for i := range tokens {
		if a := &tokens[i]; a.Normalized == normalized && a.Content != "" {
			set.byFirst[a.Content[0]] = append(set.byFirst[a.Content[0]], a)
		}
	}
	for b, list := range set.byFirst {
		sort.SliceStable(list, func(i, j int) bool { return len(list[i].Content) > len(list[j].Content) })
		if list != nil {
			set.firsts += string([]byte{byte(b)})
		}
	}
	return set
}

// find returns the first added token in s from pos on and where it stands, nil
// if there is none.
func (set *addedSet) find(s string, pos int) (*addedToken, int) {
	for ; pos < len(s); pos++ {
		if len(set.firsts) == 1 {
			skip := strings.IndexByte(s[pos:], set.firsts[0])
			if skip < 0 {
				break
			}
			pos += skip
		}
		for _, a := range set.byFirst[s[pos]] {
			if strings.HasPrefix(s[pos:], a.Content) {
				return a, pos
			}
		}
	}
	return nil, len(s)
}

// standsAlone reports whether neither neighbour of s[start:end] is a word character.
func standsAlone(s string, start, end int) bool {
	before, n := utf8.DecodeLastRuneInString(s[:start])
	if n > 0 && isWord(before) {
		return false
	}
	after, n := utf8.DecodeRuneInString(s[end:])
	return n == 0 || !isWord(after)
}

// blanksBefore returns where the blanks that end s[:end] begin, from at the earliest.
func blanksBefore(s string, from, end int) int {
	for end > from {
		r, n := utf8.DecodeLastRuneInString(s[:end])
		if classOf(r) != space {
			break
		}
		end -= n
	}
	return end
}

// blanksAfter returns where the blanks that begin s[start:] end.
func blanksAfter(s string, start int) int { return runEnd(s, start, space) }
