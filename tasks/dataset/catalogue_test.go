package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The catalogue as the pipeline's description lists it, copied from there.
const (
	catalogue = `ag_news 4 · ag_news_s 2 · cola 2 · dbpedia 14 · dbpedia_s 2 · deontology 2 · ethos 2 · empty 2 · hate 4 ·
hate-pn 2 · hate-neu 2 · imdb 2 · justice 2 · mnli 3 · mnli-pn 2 · mnli-neu 2 · tweet_eval 3 · tweet_eval-pn 2 ·
tweet_eval-neu 2 · qnli 2 · qqp 2 · sst2 2 · tweets_hate 2 · virtue 2`
	columnsOf = `text,label (ag_news*, deontology, ethos, hate*, imdb, justice, tweet_eval*); sentence,label (cola, dbpedia*, sst2, empty); premise,hypothesis,label (mnli*); question,sentence,label (qnli); question1,question2,label (qqp); tweet,label (tweets_hate); sentence1,sentence2,label (virtue)`
	splitsOf  = `3 (cola, deontology, justice, tweet_eval*, virtue); 2 (ag_news*, imdb, mnli*, qnli, qqp, sst2, dbpedia*); 1 (ethos, hate*, tweets_hate)`
)

// group finds the head of the group "head (name, prefix*, …); …" that names a task.
func group(t *testing.T, groups, name string) string {
	for g := range strings.SplitSeq(groups, "; ") {
		head, names, _ := strings.Cut(strings.TrimSuffix(g, ")"), " (")
		for n := range strings.SplitSeq(names, ", ") {
			if prefix, star := strings.CutSuffix(n, "*"); n == name || star && (name == prefix || strings.HasPrefix(name, prefix+"-") || strings.HasPrefix(name, prefix+"_s")) {
				return head
			}
		}
	}
	t.Fatalf("%s is in no group", name)
	return ""
}

func TestRegistry(t *testing.T) {
	var names []string
	for entry := range strings.SplitSeq(strings.Join(strings.Fields(catalogue), " "), " · ") {
		var name string
		var labels int
		if _, err := fmt.Sscan(entry, &name, &labels); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		task := lookup(t, name)
		if task.Labels != labels || task.Name != name {
			t.Errorf("%s: %+v", name, task)
		}
		if got := strings.Join(append(task.Columns, task.Label), ","); got != group(t, columnsOf, name) {
			t.Errorf("%s: columns %s, want %s", name, got, group(t, columnsOf, name))
		}
		if name != "empty" {
			want := map[string]SplitRule{"1": OneSplit, "2": TwoSplits, "3": ThreeSplit}[group(t, splitsOf, name)]
			if task.Rule != want {
				t.Errorf("%s: %v, want %v", name, task.Rule, want)
			}
		}
		if n := len(task.Classes); n != 0 && n != max(task.Labels, task.Of) {
			t.Errorf("%s: %d class names", name, n)
		}
	}
	slices.Sort(names)
	if got := Names(); len(got) != 24 || !slices.IsSorted(got) || !slices.Equal(got, names) {
		t.Errorf("names %q, want %q", got, names)
	}
	words := map[int]string{2: "negative positive", 3: "negative neutral positive", 4: "conflict negative neutral positive", 14: ""}
	score := map[string]Metric{"cola": Matthews, "qqp": AccF1}
	for _, name := range names {
		task := lookup(t, name)
		if got := strings.Join(slices.Concat(task.Words...), " "); got != words[task.Labels] {
			t.Errorf("%s: words %q", name, got)
		}
		want := score[name]
		if want == "" {
			want = Accuracy
		}
		if task.Score != want {
			t.Errorf("%s: scored by %s", name, task.Score)
		}
	}
}

func TestLookupCopies(t *testing.T) {
	task := lookup(t, "mnli")
	task.Columns[0], task.Words[0][0], task.Classes[0] = "x", "x", "x"
	again := lookup(t, "mnli")
	if again.Columns[0] != "premise" || again.Words[0][0] != "negative" || again.Classes[0] != "entailment" {
		t.Errorf("the registry was changed: %+v", again)
	}
}

func TestNearNames(t *testing.T) {
	for name, want := range map[string]string{
		"sst": "did you mean sst2?", "SST-2": "did you mean sst2?", "sts2": "did you mean sst2?", "mnil": "did you mean mnli?",
		"agnews": "did you mean ag_news or ag_news_s?", "tweeteval": "did you mean tweet_eval", "qqq": "qqp", "dbpdia": "dbpedia",
		"mnli_pn": "did you mean mnli-pn", "costum": "did you mean custom?", "imdb-reviews": "did you mean imdb?",
		"squad": "the registered tasks are ag_news,", "": "--task_type takes one of ag_news,",
	} {
		_, err := Lookup(name)
		if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--task_type custom") {
			t.Errorf("%q: %T %v", name, err, err)
		}
	}
}
