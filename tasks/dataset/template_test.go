package dataset

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

func tinyTokenizer(t testing.TB) *bpe.Tokenizer {
	t.Helper()
	tok, err := bpe.Load(golden.Tiny())
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func layout(t testing.TB, template string, tok Tokenizer, max int) *Layout {
	t.Helper()
	p, err := ParseTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.Layout(tok, max)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A filled-in template has the tokens of the text that a person would write, and its own tokens are known.
func TestTemplateEncode(t *testing.T) {
	tok := tinyTokenizer(t)
	for _, c := range []struct{ template, text, pair, whole, own string }{
		{"{text} It was <mask>.", "a fine film", "", "a fine film It was<mask>.", " It was<mask>."},
		{"{text} It was <mask>.", "", "", " It was<mask>.", " It was<mask>."},
		{"{text} It was <mask>.", "ends in a blank ", "", "ends in a blank  It was<mask>.", " It was<mask>."},
		{"<mask>: {text}", "a fine film", "", "<mask>: a fine film", "<mask>:"},
		{"Review: {text} All in all <mask>", "good", "", "Review: good All in all<mask>", "Review: All in all<mask>"},
		{"{text_a} <mask>, {text_b}", "it rains", "it is wet", "it rains<mask>, it is wet", "<mask>,"},
		{"{text_b}? <mask>, {text_a}", "it rains", "it is wet", "it is wet?<mask>, it rains", "?<mask>,"},
		{"{text_a}</s></s>{text_b} It was <mask>", "a", "b", "a</s></s>b It was<mask>", "</s></s> It was<mask>"},
		{"{{{text}}} <mask>", "a", "", "{a}<mask>", "{}<mask>"},
		{"{text} It was <mask>.", "says <mask> itself", "", "says<mask> itself It was<mask>.", " It was<mask>."},
	} {
		l := layout(t, c.template, tok, 1000)
		got := l.Encode(c.text, c.pair)
		if want := tok.Encode(c.whole); !slices.Equal(got.IDs, want) {
			t.Errorf("%q with %q, %q: %q, want %q", c.template, c.text, c.pair, tok.Decode(got.IDs), tok.Decode(want))
		}
		var own []int32
		for _, at := range got.Own {
			own = append(own, got.IDs[at])
		}
		if len(own) != l.Own() || !slices.IsSorted(got.Own) || own[l.Mask()] != tok.Mask() {
			t.Errorf("%q: own tokens %v of %d, <mask> is number %d", c.template, got.Own, l.Own(), l.Mask())
		}
		if want := strings.Count(c.own, "<mask>"); want != 1 || tok.Decode(own) != c.own {
			t.Errorf("%q: own tokens %q, want %q", c.template, tok.Decode(own), c.own)
		}
	}
}

// However long the texts, the template survives whole, and the longer text gives way first.
func TestTemplateTruncation(t *testing.T) {
	tok := tinyTokenizer(t)
	long, short := strings.Repeat(" a fine film", 100), "but dull"
	const max = 40
	for _, c := range []struct{ template, a, b string }{
		{"{text} It was <mask>.", long, ""},
		{"All in all <mask>: {text}", long, ""},
		{"{text_a} <mask>, {text_b}", long, short},
		{"{text_a} <mask>, {text_b}", short, long},
		{"{text_a} <mask>, {text_b}", long, long},
	} {
		l := layout(t, c.template, tok, max)
		got, whole := l.Encode(c.a, c.b), layout(t, c.template, tok, 10000).Encode(c.a, c.b)
		if len(got.IDs) != max || got.IDs[0] != tok.BOS() || got.IDs[max-1] != tok.EOS() {
			t.Errorf("%q: %d tokens, %v", c.template, len(got.IDs), got.IDs)
		}
		for k, at := range got.Own {
			if got.IDs[at] != whole.IDs[whole.Own[k]] {
				t.Errorf("%q: own token %d is %d, whole it is %d", c.template, k, got.IDs[at], whole.IDs[whole.Own[k]])
			}
		}
		if text := tok.Decode(got.IDs); (c.a == short || c.b == short) && !strings.Contains(text, short) {
			t.Errorf("%q: the short text is cut: %q", c.template, text)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for template, want := range map[string]string{
		"":                        "no place for the text",
		"It was <mask>.":          "no place for the text",
		"{text_b} <mask>":         "no place for the text",
		"{text} It was good.":     "0 times <mask>",
		"{text} <mask> or <mask>": "2 times <mask>",
		"{text} {text} <mask>":    "{text} stands there twice",
		"{text} {text_a} <mask>":  "{text_a} stands there twice",
		"{sentence} <mask>":       "there is no {sentence}",
		"{text <mask>":            "a brace stands alone",
		"{text} } <mask>":         "a brace stands alone",
	} {
		_, err := ParseTemplate(template)
		if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", template, err, want)
		}
	}
	p, err := ParseTemplate("{text} It was <mask>.")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Layout(tinyTokenizer(t), 6); err == nil || !strings.Contains(err.Error(), "nothing is left for the text") {
		t.Errorf("a model too short: %v", err)
	}
	if err := p.Fits(lookup(t, "mnli")); err == nil || !strings.Contains(err.Error(), "{text_b}") {
		t.Errorf("a pair in one place: %v", err)
	}
	q, err := ParseTemplate(DefaultPairTemplate)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Fits(lookup(t, "sst2")); err == nil || !strings.Contains(err.Error(), "write {text}") {
		t.Errorf("one text in two places: %v", err)
	}
	for _, name := range Names() {
		task := lookup(t, name)
		if p, err := ParseTemplate(task.Prompt()); err != nil || p.Fits(task) != nil || !p.InText() {
			t.Errorf("%s: the template %q does not fit", name, task.Prompt())
		}
	}
}
