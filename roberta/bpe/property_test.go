package bpe

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Ids lose nothing of a text that holds no special token (their blanks are lost).
func TestRoundTrip(t *testing.T) {
	for _, name := range []string{"base", "mini"} {
		tok := tokenizer(t, name)
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.String().Draw(t, "text")
			for _, special := range []string{"<s>", "</s>", "<pad>", "<unk>", "<mask>"} {
				text = strings.ReplaceAll(text, special, "")
			}
			if back := tok.Decode(tok.AppendEncode(nil, text)); back != text {
				t.Fatalf("%q came back as %q", text, back)
			}
		})
	}
}

// Any bytes come back as Go's own per-character decoder sees them, runs of U+FFFD apart.
func TestInvalidTextComesBackValid(t *testing.T) {
	tok := tokenizer(t, "mini")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		back := replaceInvalid(text)
		if !utf8.ValidString(back) || strings.ToValidUTF8(text, "") != strings.ReplaceAll(back, "\uFFFD", "") {
			t.Fatalf("%q became %q", text, back)
		}
		if !slices.Equal(tok.Encode(text), tok.Encode(back)) {
			t.Fatalf("%q and its replacement %q differ in ids", text, back)
		}
	})
}

// The scanner covers a text without gaps and ends only between characters.
func TestPiecesCoverText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune(" \t\n\u00a0'sreladvmtSéa1½!中<😀"))).Draw(t, "text")
		for i := 0; i < len(text); {
			end := pieceEnd(text, i)
			if end <= i || end > len(text) || !utf8.ValidString(text[i:end]) {
				t.Fatalf("piece %d:%d of %q", i, end, text)
			}
			i = end
		}
	})
}

// naiveWord merges by the definition: the pair of lowest rank, leftmost first, until there is none.
func naiveWord(t *Tokenizer, word string) []int32 {
	var ids []int32
	for i := range len(word) {
		ids = append(ids, t.byteIDs[word[i]])
	}
	for {
		best, at := int32(-1), 0
		for i := 0; i+1 < len(ids); i++ {
			if rank := slices.Index(t.rules.rules, rule{ids[i], ids[i+1], t.merged(ids[i], ids[i+1])}); rank >= 0 && (best < 0 || int32(rank) < best) {
				best, at = int32(rank), i
			}
		}
		if best < 0 {
			return ids
		}
		ids = slices.Replace(ids, at, at+2, t.rules.rules[best].id)
	}
}

func (t *Tokenizer) merged(a, b int32) int32 {
	id, ok := t.ids[t.tokens[a]+t.tokens[b]]
	if !ok {
		return -1
	}
	return id
}

func TestWordAgainstDefinition(t *testing.T) {
	tok := tokenizer(t, "mini")
	rng := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		var word strings.Builder
		for range rng.IntN(12) + 1 {
			word.WriteString(tok.bytes[4+rng.IntN(600)])
		}
		s := &scratch{}
		if got, want := tok.appendWord(nil, word.String(), s), naiveWord(tok, word.String()); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, by the definition %v", word.String(), got, want)
		}
	}
}

func TestLongestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.IntRange(0, 20).Draw(t, "a"), rapid.IntRange(0, 20).Draw(t, "b")
		room := rapid.IntRange(0, 45).Draw(t, "room")
		keepA, keepB := LongestFirst(a, b, room)
		switch {
		case keepA < 0 || keepA > a || keepB < 0 || keepB > b, keepA+keepB != min(a+b, room):
			t.Fatalf("%d, %d in %d: %d, %d", a, b, room, keepA, keepB)
		case keepA < a && keepB < b && max(keepA, keepB)-min(keepA, keepB) > 1:
			t.Fatalf("%d, %d in %d: both cut, unevenly: %d, %d", a, b, room, keepA, keepB)
		}
	})
}
