package dataset

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// pieces is a tokenizer whose tokens are the parts of a text between dots: "un·happy" has two. A blank before belongs to the token.
type pieces struct{ vocab []string }

func newPieces() *pieces {
	return &pieces{strings.Fields("<s> <pad> </s> <unk> <mask> madeupword0000 negative neutral positive conflict un happy sad a b c d Ġhappy Ġsad")}
}

func (p *pieces) AppendEncode(ids []int32, text string) []int32 {
	if text != "" {
		for w := range strings.SplitSeq(text, "·") {
			ids = append(ids, int32(max(slices.Index(p.vocab, strings.ReplaceAll(w, " ", "Ġ")), 3)))
		}
	}
	return ids
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
		inText      bool
		want        string // tokens by class
		warning     string
	}{
		{"sst2", "", false, "negative,positive", ""},
		{"mnli", "", false, "negative,neutral,positive", ""},
		{"hate", "", false, "conflict,negative,neutral,positive", ""},
		{"sst2", "sad,happy", false, "sad,happy", ""},
		{"sst2", "sad,un·happy", false, "sad,un", `word "un·happy" is 2 tokens ("un" 10, "happy" 11), of which the first is read`},
		{"sst2", "sad|a,happy|b|c", false, "sad|a,happy|b|c", ""},
		{"sst2", "sad,happy", true, "Ġsad,Ġhappy", ""},
		{"sst2", " sad,happy", false, "Ġsad,happy", ""},
		{"sst2", " sad, happy", true, "Ġsad,Ġhappy", ""},
	} {
		v, err := lookup(t, c.task).Verbalizer(parse(c.words), tok, VerbalizerOptions{InText: c.inText})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for k, ids := range v.IDs {
			got = append(got, nil)
			for _, id := range ids {
				got[k] = append(got[k], tok.Token(id))
			}
		}
		warned := strings.Join(v.Warnings, "; ")
		if FormatWords(got) != c.want || !strings.Contains(warned, c.warning) || c.warning == "" && warned != "" {
			t.Errorf("%s %q: %+v, want %s, warning %q", c.task, c.words, v, c.want, c.warning)
		}
		if c.words != "" && FormatWords(v.Words) != c.words {
			t.Errorf("%q became %q", c.words, v.Words)
		}
	}
}

func parse(words string) [][]string {
	if words == "" {
		return nil
	}
	return ParseWords(words)
}

func TestVerbalizerErrors(t *testing.T) {
	tok := newPieces()
	for _, c := range []struct{ task, words, want string }{
		{"sst2", "a,b,c", `"a,b,c": words of 3 labels for the 2 labels of sst2`},
		{"mnli", "a,b|c", "words of 2 labels for the 3 labels"},
		{"sst2", "a|b", "words of 1 label for the 2 labels"},
		{"dbpedia", "", "dbpedia has 14 labels and no default words: give one word a class with --verb w1,w2,…, or the class names"},
		{"dbpedia", "x", "13 tokens, too few for 14 labels"},
		{"sst2", "un·happy,un·sad", `"un·happy" and "un·sad" (labels 0 and 1) share the first token "un" 10`},
		{"sst2", "happy|sad|happy,a", `"happy" and "happy" (labels 0 and 0) share the first token`},
		{"sst2", "happy,", `a word of label 1 ("") has no token`},
		{"sst2", "happy|,a", `a word of label 0 ("") has no token`},
		{"sst2", "happy,<mask>", `word "<mask>" of label 1 is a special token`},
		{"sst2", "happy,unheard", `is a special token`},
		{Custom, "", "load its data first"},
	} {
		_, err := lookup(t, c.task).Verbalizer(parse(c.words), tok, VerbalizerOptions{})
		if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %T %v, want %q", c.task, c.words, err, err, c.want)
		}
	}
}

// Thirteen of the vocabulary's tokens can be drawn: all of them are, none twice, no other, and the seed decides which.
func TestRandomVerbalizer(t *testing.T) {
	tok := newPieces()
	task := Task{Name: Custom, Labels: 5}
	drawn, orders := map[int32]bool{}, map[string]bool{}
	for seed := range uint64(200) {
		v, err := task.Verbalizer(ParseWords("random"), tok, VerbalizerOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		again, err := task.Verbalizer(ParseWords("x"), tok, VerbalizerOptions{Seed: seed})
		if err != nil || !v.Equal(again) {
			t.Fatalf("seed %d: %v and %v, %v", seed, v.IDs, again.IDs, err)
		}
		distinct := map[int32]bool{}
		for k, ids := range v.IDs {
			id := ids[0]
			distinct[id], drawn[id] = true, true
			if id < 6 || v.Words[k][0] != tok.Token(id) {
				t.Fatalf("seed %d: token %d, word %q", seed, id, v.Words[k])
			}
		}
		if len(distinct) != 5 || len(v.IDs) != 5 {
			t.Fatalf("seed %d: %v", seed, v.IDs)
		}
		orders[FormatWords(v.Words)] = true
	}
	if len(drawn) != 13 || len(orders) < 190 {
		t.Errorf("%d tokens, %d outcomes from 200 seeds", len(drawn), len(orders))
	}
}
