package bpe

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVocabulary(t *testing.T) {
	for name, want := range map[string]struct {
		size               int
		mask               int32
		positive, negative int32
	}{
		// positive and negative are the reference's published ids for roberta-base.
		"base": {50265, 50264, 22173, 33407},
		"mini": {10000, 9999, -1, -1},
	} {
		tok := tokenizer(t, name)
		if tok.VocabSize() != want.size || tok.BOS() != 0 || tok.Pad() != 1 || tok.EOS() != 2 || tok.Mask() != want.mask {
			t.Errorf("%s: size %d, <s> %d, <pad> %d, </s> %d, <mask> %d", name, tok.VocabSize(), tok.BOS(), tok.Pad(), tok.EOS(), tok.Mask())
		}
		for id := range int32(tok.VocabSize()) {
			if back, ok := tok.ID(tok.Token(id)); !ok || back != id {
				t.Fatalf("%s: token %q of id %d has id %d", name, tok.Token(id), id, back)
			}
		}
		if tok.Token(-1) != "" || tok.Token(int32(want.size)) != "" {
			t.Errorf("%s: ids outside the vocabulary have tokens", name)
		}
		if _, ok := tok.ID("no such token"); ok {
			t.Errorf("%s: an unknown token has an id", name)
		}
		if want.positive > 0 {
			if p, n := tok.Encode("positive")[1], tok.Encode("negative")[1]; p != want.positive || n != want.negative {
				t.Errorf("%s: positive %d, negative %d", name, p, n)
			}
		}
	}
}

func TestPieces(t *testing.T) {
	if diff := cmp.Diff([]string{"Ġunw", "atch", "able"}, tokenizer(t, "base").Pieces(" unwatchable")); diff != "" {
		t.Error(diff)
	}
	if p := tokenizer(t, "base").Pieces(""); len(p) != 0 {
		t.Errorf("pieces of nothing: %q", p)
	}
}

func TestTruncationBelowSpecials(t *testing.T) {
	tok := tokenizer(t, "mini")
	for n, want := range map[int][]int32{-1: {}, 0: {}, 1: {0}, 2: {0, 2}} {
		if got := tok.EncodeTruncated("a film", n); !slices.Equal(got, want) {
			t.Errorf("at most %d: %v", n, got)
		}
	}
	for n, want := range map[int][]int32{-1: {}, 0: {}, 1: {0}, 2: {0, 2}, 3: {0, 2, 2}, 4: {0, 2, 2, 2}} {
		if got := tok.EncodePairTruncated("a film", "good", n); !slices.Equal(got, want) {
			t.Errorf("pair, at most %d: %v", n, got)
		}
	}
}

// Many goroutines fill one cold cache and must all see the golden ids.
func TestConcurrentUse(t *testing.T) {
	tok := load(t, jsonDir(tokenizerText(t, "mini")))
	lines := goldenLines(t)[:1200]
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range lines {
				l := lines[(i*7+g*131)%len(lines)]
				if got := tok.Encode(string(l.Text)); !slices.Equal(got, l.IDs["mini"]) {
					t.Errorf("goroutine %d, %q: %v", g, l.Text, got)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Nothing but the result is allocated once the words are in the cache.
func TestNoAllocation(t *testing.T) {
	tok := tokenizer(t, "mini")
	const s = "A charming film, isn't it? <mask> antidisestablishmentarianism"
	dst := tok.AppendEncode(nil, s)
	if n := testing.AllocsPerRun(100, func() { dst = tok.AppendEncode(dst[:0], s) }); n > 0 {
		t.Errorf("AppendEncode allocates %g times", n)
	}
	if n := testing.AllocsPerRun(100, func() { dst = tok.Encode(s) }); n > 1 {
		t.Errorf("Encode allocates %g times", n)
	}
}
