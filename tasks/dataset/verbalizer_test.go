package dataset

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// pieces is a tokenizer whose tokens are the parts of a text between strokes: "un|happy" has two.
type pieces struct{ vocab []string }

func newPieces() *pieces {
	return &pieces{strings.Fields("<s> <pad> </s> <unk> <mask> madeupword0000 negative neutral positive conflict un happy sad a b c d e")}
}

func (p *pieces) Encode(text string) []int32 {
	ids := []int32{0}
	if text != "" {
		for w := range strings.SplitSeq(text, "|") {
			ids = append(ids, int32(max(slices.Index(p.vocab, w), 3)))
		}
	}
	return append(ids, 2)
}
func (p *pieces) Token(id int32) string { return p.vocab[id] }
func (p *pieces) VocabSize() int        { return len(p.vocab) }
func (p *pieces) BOS() int32            { return 0 }
func (p *pieces) EOS() int32            { return 2 }
func (p *pieces) Pad() int32            { return 1 }
func (p *pieces) Mask() int32           { return 4 }

func TestVerbalizer(t *testing.T) {
	tok := newPieces()
	for _, c := range []struct {
		task, words string
		want        string // tokens by class
		warnings    int
	}{
		{"sst2", "", "negative positive", 0},
		{"mnli", "", "negative neutral positive", 0},
		{"hate", "", "conflict negative neutral positive", 0},
		{"sst2", "sad,happy", "sad happy", 0},
		{"sst2", "sad,un|happy", "sad un", 1},
	} {
		v, err := lookup(t, c.task).Verbalizer(c.words, tok, 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range v.IDs {
			got = append(got, tok.Token(id))
		}
		if strings.Join(got, " ") != c.want || len(v.Warnings) != c.warnings || len(v.Words) != len(v.IDs) {
			t.Errorf("%s %q: %+v, want %s", c.task, c.words, v, c.want)
		}
	}
}

func TestVerbalizerErrors(t *testing.T) {
	tok := newPieces()
	for _, c := range []struct{ task, words, want string }{
		{"sst2", "a,b,c", `"a,b,c": 3 words for the 2 labels of sst2`},
		{"mnli", "a,b", "2 words for the 3 labels"},
		{"dbpedia", "", "dbpedia has 14 labels and no default words: give one word a class with --verb w1,w2,…, or the class names"},
		{"dbpedia", "x", "12 tokens, too few for 14 labels"},
		{"sst2", "un|happy,un|sad", `"un|happy" and "un|sad" (labels 0 and 1) share the first token 10`},
		{"sst2", "happy,", `word 2 of 2 ("") has no token`},
		{"sst2", "happy,<mask>", `word 2 of 2 ("<mask>") is a special token`},
		{"sst2", "happy,unheard", `is a special token`},
		{Custom, "", "load its data first"},
	} {
		_, err := lookup(t, c.task).Verbalizer(c.words, tok, 1)
		if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %T %v, want %q", c.task, c.words, err, err, c.want)
		}
	}
}

// Twelve of the vocabulary's tokens can be drawn: all of them are, none twice, no other, and the seed decides which.
func TestRandomVerbalizer(t *testing.T) {
	tok := newPieces()
	task := Task{Name: Custom, Labels: 5}
	drawn, orders := map[int32]bool{}, map[string]bool{}
	for seed := range uint64(200) {
		v, err := task.Verbalizer("random", tok, seed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := task.Verbalizer("x", tok, seed)
		if err != nil || !slices.Equal(v.IDs, again.IDs) {
			t.Fatalf("seed %d: %v and %v, %v", seed, v.IDs, again.IDs, err)
		}
		distinct := map[int32]bool{}
		for k, id := range v.IDs {
			distinct[id], drawn[id] = true, true
			if id < 6 || v.Words[k] != tok.Token(id) {
				t.Fatalf("seed %d: token %d, word %q", seed, id, v.Words[k])
			}
		}
		if len(distinct) != 5 || len(v.IDs) != 5 {
			t.Fatalf("seed %d: %v", seed, v.IDs)
		}
		orders[strings.Join(v.Words, " ")] = true
	}
	if len(drawn) != 12 || len(orders) < 190 {
		t.Errorf("%d tokens, %d outcomes from 200 seeds", len(drawn), len(orders))
	}
}
