package tasks

import (
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// Pairs are joined as RoBERTa joins them, the longer text cut first; with Concat as the original joins them.
func TestConcat(t *testing.T) {
	f := tinyFixture(t)
	n := f.model.MaxTokens()
	long, short := strings.Repeat("a long question ", n), "short answer"
	w := *f.workspace
	w.task.Columns = []string{"question", "sentence"}
	e := dataset.Example{Text: long, Pair: short}
	tok := f.model.Tokenizer

	pair := w.example(e).IDs
	tail := tok.Encode(short)[1:]
	if len(pair) != n || !slices.Equal(pair[n-len(tail):], tail) || !slices.Equal(pair, tok.EncodePairTruncated(long, short, n)) {
		t.Errorf("the shorter text was cut: %v", pair)
	}
	w.concat = true
	e = dataset.Example{Text: "a question", Pair: "an answer"}
	if got, want := w.example(e).IDs, tok.Encode("a questionan answer"); !slices.Equal(got, want) {
		t.Errorf("concat: %v, want %v", got, want)
	}
	if got := w.example(dataset.Example{Text: long, Pair: short}).IDs; !slices.Equal(got, tok.EncodeTruncated(long, n)) {
		t.Error("concat cuts at the end")
	}

	desc := f.tuned
	desc.Concat = true
	c, err := NewClassifier(f.model, desc)
	if err != nil {
		t.Fatal(err)
	}
	joined, err := c.ReadPairs([][2]string{{"a question", "an answer"}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	one, err := c.Classify("a questionan answer")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(joined[0].Logits, one[0].Logits) {
		t.Errorf("a classifier tuned on joined pairs reads %v, want %v", joined[0].Logits, one[0].Logits)
	}
}
