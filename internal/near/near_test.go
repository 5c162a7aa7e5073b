package near

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	names := []string{"sst2", "qnli", "mnli", "mnli-pn", "tweet_eval", "ag_news", "ag_news_s"}
	for _, c := range []struct {
		got  string
		want []string
	}{
		{"sst", []string{"sst2"}},
		{"SST2", []string{"sst2"}},
		{"SST-2", []string{"sst2"}},
		{"nmli", []string{"mnli"}},
		{"mnli_pn", []string{"mnli-pn", "mnli"}},
		{"tweet-eval", []string{"tweet_eval"}},
		{"tweet", []string{"tweet_eval"}},
		{"agnews", []string{"ag_news", "ag_news_s"}},
		{"qnli-pn", []string{"mnli-pn", "qnli"}},
		{"imdb", nil},
		{"", nil},
	} {
		if got := Names(c.got, names); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.got, got, c.want)
		}
	}
}

func TestQuestion(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"zebra"}, ""},
		{[]string{"rate"}, "did you mean --rate?"},
		{[]string{"rate", "rates"}, "did you mean --rate or --rates?"},
		{[]string{"rates", "rate_x", "rate", "rate_y"}, "did you mean --rate, --rates or --rate_x?"},
	} {
		if got := Question("rate", c.names, "--"); got != c.want {
			t.Errorf("of %q: %q, want %q", c.names, got, c.want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		d    int
	}{
		{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"mnil", "mnli", 1}, {"ca", "abc", 3}, {"flaw", "lawn", 2},
		{"é", "e", 1}, {"same", "same", 0},
	} {
		if got, back := edits(c.a, c.b), edits(c.b, c.a); got != c.d || back != c.d {
			t.Errorf("%q, %q: %d, back %d, want %d", c.a, c.b, got, back, c.d)
		}
	}
}
