package dataset

import (
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// labelsTSV writes one row for each label.
func labelsTSV(labels string) string {
	var b strings.Builder
	for l := range strings.FieldsSeq(labels) {
		b.WriteString("some text\t" + strings.ReplaceAll(l, "_", " ") + "\n")
	}
	return b.String()
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		what, task string
		labels     string
		opt        Options
		want       []int
		classes    string
		words      string
		note       string
	}{
		{"integers", "sst2", "0 1 1 0", Options{}, []int{0, 1, 1, 0}, "negative positive", "negative positive", ""},
		{"integral numbers", "sst2", "0.0 1.0 +1 00", Options{}, []int{0, 1, 1, 0}, "negative positive", "negative positive", ""},
		{"booleans", "sst2", "false True TRUE False", Options{}, []int{0, 1, 1, 0}, "negative positive", "negative positive", ""},
		{"counted from 1", "ag_news", "1 4 2 3", Options{}, []int{0, 3, 1, 2}, "World Sports Business Sci/Tech", "conflict negative neutral positive", "1…4 and were read as 0…3"},
		{"two counted from 1", "sst2", "1 2 2", Options{}, []int{0, 1, 1}, "negative positive", "negative positive", "1…2"},
		{"one class missing, counted from 0", "tweet_eval", "1 2 0 1", Options{}, []int{1, 2, 0, 1}, "negative neutral positive", "negative neutral positive", ""},
		{"1 and 2 of three classes", "tweet_eval", "1 2 2 1", Options{}, []int{1, 2, 2, 1}, "negative neutral positive", "negative neutral positive", ""},
		{"the task's names, not sorted", "mnli", "neutral contradiction entailment Neutral", Options{Columns: []string{"1"}, LabelColumn: "2"}, []int{1, 2, 0, 1}, "entailment neutral contradiction", "negative neutral positive", ""},
		{"other names, sorted", "sst2", "good bad good", Options{}, []int{1, 0, 1}, "bad good", "negative positive", "in this order: bad, good"},
		{"names in any case", Custom, "Good bad good BAD", Options{}, []int{1, 0, 1, 0}, "bad Good", "negative positive", "in this order: bad, Good"},
		{"given names", "sst2", "good bad GOOD", Options{Labels: []string{"good", "bad"}}, []int{0, 1, 0}, "good bad", "negative positive", ""},
		{"names with blanks", Custom, "no_hate hate no_hate", Options{Labels: []string{"no hate", "hate"}}, []int{0, 1, 0}, "no hate hate", "negative positive", ""},
		{"given names are numbers", Custom, "-1 1 1", Options{Labels: []string{"-1", "1"}}, []int{0, 1, 1}, "-1 1", "negative positive", ""},
		{"given names for integers", "sst2", "0 1 1", Options{Labels: []string{"bad", "good"}}, []int{0, 1, 1}, "bad good", "negative positive", ""},
		{"custom integers", Custom, "2 0 1 2", Options{}, []int{2, 0, 1, 2}, "", "negative neutral positive", ""},
		{"custom from 1", Custom, "3 1 2", Options{}, []int{2, 0, 1}, "", "negative neutral positive", "1…3"},
		{"custom names, five", Custom, "e d c b a a", Options{}, []int{4, 3, 2, 1, 0, 0}, "a b c d e", "a b c d e", "in this order: a, b, c, d, e"},
		{"custom integers, five", Custom, "4 3 2 1 0", Options{}, []int{4, 3, 2, 1, 0}, "", "", ""},
		{"dbpedia_s keeps 0 and 4", "dbpedia_s", "0 1 4 13 4 0", Options{}, []int{0, 1, 1, 0}, "Company OfficeHolder", "negative positive", "classes [0 4] of 14 kept"},
		{"dbpedia_s counted from 1", "dbpedia_s", "1 2 5 14 5 1", Options{}, []int{0, 1, 1, 0}, "Company OfficeHolder", "negative positive", "classes [0 4] of 14 kept"},
		{"dbpedia_s by name", "dbpedia_s", "Company Plant OfficeHolder", Options{}, []int{0, 1}, "Company OfficeHolder", "negative positive", "kept"},
		{"dbpedia_s cut already", "dbpedia_s", "0 1 1", Options{}, []int{0, 1, 1}, "Company OfficeHolder", "negative positive", "hold 2 classes only"},
		{"ag_news_s, other two", "ag_news_s", "0 1 2 3", Options{Keep: []int{3, 1}}, []int{1, 0}, "Sci/Tech Sports", "negative positive", "classes [3 1] of 4 kept"},
		{"two of three", "tweet_eval", "0 1 2 1", Options{Keep: []int{0, 2}}, []int{0, 1}, "negative positive", "negative positive", "classes [0 2] of 3 kept"},
		{"two of a custom three", Custom, "0 1 2 1", Options{Keep: []int{0, 2}}, []int{0, 1}, "", "negative positive", "classes [0 2] of 3 kept"},
	} {
		t.Run(c.what, func(t *testing.T) {
			tsv := labelsTSV(c.labels)
			d := load(t, c.task, packtest.PackedDir(t, map[string]string{"train.tsv": tsv, "dev.tsv": tsv, "test.tsv": tsv}), c.opt)
			if got := d.Test.Gold(); !slices.Equal(got, c.want) {
				t.Errorf("labels %v, want %v", got, c.want)
			}
			if got := strings.Join(d.Task.Classes, " "); got != c.classes {
				t.Errorf("classes %q, want %q", got, c.classes)
			}
			if got := strings.ReplaceAll(FormatWords(d.Task.Words), ",", " "); got != c.words {
				t.Errorf("words %q, want %q", got, c.words)
			}
			if got := strings.Join(d.Notes, "; "); !strings.Contains(got, c.note) || c.note == "" && got != "" {
				t.Errorf("notes %q, want %q", got, c.note)
			}
			if highest := slices.Max(c.want); d.Task.Labels <= highest {
				t.Errorf("%d labels", d.Task.Labels)
			}
		})
	}
}
