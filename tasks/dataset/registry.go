package dataset

import (
	"slices"
	"strings"
)

// The class names are those of the public releases, in the order of their integers. They matter: a file that spells
// MNLI's classes out must give entailment index 0, which sorting the names would not.
var (
	agClasses = []string{"World", "Sports", "Business", "Sci/Tech"}
	dbClasses = []string{"Company", "EducationalInstitution", "Artist", "Athlete", "OfficeHolder", "MeanOfTransportation",
		"Building", "NaturalPlace", "Village", "Animal", "Plant", "Album", "Film", "WrittenWork"}
	posneg = []string{"negative", "positive"}
)

var (
	text       = []string{"text"}
	sentence   = []string{"sentence"}
	nli        = []string{"premise", "hypothesis"}
	noClasses  []string
	registered = []struct {
		name    string
		labels  int
		columns []string
		rule    SplitRule
		score   Metric
		classes []string
	}{
		{"ag_news", 4, text, TwoSplits, Accuracy, agClasses},
		{"ag_news_s", 2, text, TwoSplits, Accuracy, agClasses},
		{"cola", 2, sentence, ThreeSplit, Matthews, []string{"unacceptable", "acceptable"}},
		{"dbpedia", 14, sentence, TwoSplits, Accuracy, dbClasses},
		{"dbpedia_s", 2, sentence, TwoSplits, Accuracy, dbClasses},
		{"deontology", 2, text, ThreeSplit, Accuracy, noClasses},
		{"empty", 2, sentence, BuiltIn, Accuracy, noClasses},
		{"ethos", 2, text, OneSplit, Accuracy, []string{"no_hate_speech", "hate_speech"}},
		{"hate", 4, text, OneSplit, Accuracy, []string{"noHate", "hate", "idk/skip", "relation"}},
		{"hate-neu", 2, text, OneSplit, Accuracy, noClasses},
		{"hate-pn", 2, text, OneSplit, Accuracy, noClasses},
		{"imdb", 2, text, TwoSplits, Accuracy, []string{"neg", "pos"}},
		{"justice", 2, text, ThreeSplit, Accuracy, noClasses},
		{"mnli", 3, nli, TwoSplits, Accuracy, []string{"entailment", "neutral", "contradiction"}},
		{"mnli-neu", 2, nli, TwoSplits, Accuracy, noClasses},
		{"mnli-pn", 2, nli, TwoSplits, Accuracy, noClasses},
		{"qnli", 2, []string{"question", "sentence"}, TwoSplits, Accuracy, []string{"entailment", "not_entailment"}},
		{"qqp", 2, []string{"question1", "question2"}, TwoSplits, AccF1, []string{"not_duplicate", "duplicate"}},
		{"sst2", 2, sentence, TwoSplits, Accuracy, posneg},
		{"tweet_eval", 3, text, ThreeSplit, Accuracy, []string{"negative", "neutral", "positive"}},
		{"tweet_eval-neu", 2, text, ThreeSplit, Accuracy, noClasses},
		{"tweet_eval-pn", 2, text, ThreeSplit, Accuracy, noClasses},
		{"tweets_hate", 2, []string{"tweet"}, OneSplit, Accuracy, []string{"no-hate-speech", "hate-speech"}},
		{"virtue", 2, []string{"sentence1", "sentence2"}, ThreeSplit, Accuracy, noClasses},
	}
)

// parts are the tasks made of some classes of a larger one, 0-based.
var parts = map[string]struct {
	keep []int
	of   int
}{
	"ag_news_s": {[]int{0, 1}, 4},
	"dbpedia_s": {[]int{0, 4}, 14},
}

// Custom is the name of a task that the registry knows nothing of: columns and labels are found in the files or given
// in [Options].
const Custom = "custom"

// Names lists the registered tasks in alphabetical order.
func Names() []string {
	names := make([]string, 0, len(registered))
	for _, r := range registered {
		names = append(names, r.name)
	}
	return names
}

// Lookup returns a registered task, or the task "custom" for data given as files alone. For an unknown name the error is
// a [*UsageError] that offers near names.
func Lookup(name string) (Task, error) {
	if name == Custom {
		return Task{Name: Custom, Label: "label", Score: Accuracy}, nil
	}
	for _, r := range registered {
		if r.name != name {
			continue
		}
		t := Task{
			Name: r.name, Columns: r.columns, Label: "label", Labels: r.labels, Rule: r.rule,
			Words: defaultWords(r.labels), Score: r.score, Classes: r.classes,
			Keep: parts[r.name].keep, Of: parts[r.name].of,
		}
		return t.clone(), nil
	}
	const files = "; for a data set of your own use --task_type custom with train, dev and test files in --data_path"
	if name == "" {
		return Task{}, Usagef("no task named: --task_type takes one of %s%s", strings.Join(Names(), ", "), files)
	}
	if near := nearest(name, append(Names(), Custom)); len(near) > 0 {
		return Task{}, Usagef("unknown task %q: did you mean %s?%s", name, strings.Join(near, " or "), files)
	}
	return Task{}, Usagef("unknown task %q: the registered tasks are %s%s", name, strings.Join(Names(), ", "), files)
}

// nearest returns at most three of names that a reader could have meant by name, the closest first.
func nearest(name string, names []string) []string {
	type match struct {
		name string
		dist int
	}
	fold := func(s string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	}
	var near []match
	for _, n := range names {
		d := editDistance(fold(name), fold(n))
		switch {
		case d <= max(1, len(fold(n))/3):
			near = append(near, match{n, d})
		case len(fold(name)) >= 3 && strings.HasPrefix(fold(n), fold(name)):
			near = append(near, match{n, len(n)})
		}
	}
	slices.SortStableFunc(near, func(a, b match) int { return a.dist - b.dist })
	var out []string
	for _, m := range near[:min(3, len(near))] {
		out = append(out, m.name)
	}
	return out
}

// editDistance is the optimal string alignment distance in bytes: insertions, deletions, substitutions and swaps of
// neighbours cost one each.
func editDistance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
