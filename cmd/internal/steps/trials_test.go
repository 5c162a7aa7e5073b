package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skillneuron/skillneuron/internal/countdown"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/trials"
)

const threeTrials = "trials --task_type tweet_eval --data_path tweets --backbone tiny --prompt_size 4 --epoch 1 --bz 8 --lr 1e-2 --verb a,b,c --shares 0,10,20 "

// tweets is a place to work in with a task of three labels, which its splits have to be cut for.
func tweets(t *testing.T) {
	t.Helper()
	workplace(t)
	write(t, "tweets/train.tsv", threeLabels(60))
	write(t, "tweets/test.tsv", threeLabels(30))
}

// One command splits, tunes, probes, ranks, perturbs and prunes; the masks are those that the steps make one by one.
func TestTrialsInOneCommand(t *testing.T) {
	tweets(t)
	var r trials.Result
	mustJSON(t, threeTrials+"--save_to out --trials 2 --draws 2", &r)
	if r.Task != "tweet_eval" || r.Labels != 3 || len(r.Trials) != 2 || len(r.Curve) != 3 || r.Share >= 1 || r.Share <= 0 || r.Resumed != 0 {
		t.Errorf("%+v", r)
	}
	for i, trial := range r.Trials {
		if trial.Seed != uint64(i+1) || len(trial.Parts) != 2 || trial.Parts[0].Task != "tweet_eval-pn" || trial.Parts[1].Task != "tweet_eval-neu" || len(trial.Masks) != 3 || len(trial.Masks[2].Cmp) != 2 {
			t.Errorf("%+v", trial)
		}
		if trial.Masks[0].Score != trial.Test {
			t.Errorf("nothing perturbed scores %v, the tuned prompt %v", trial.Masks[0].Score, trial.Test)
		}
	}
	if c := r.Curve[2]; c.Random.Least > c.Random.Mean || c.Random.Mean > c.Random.Most || c.Neurons != r.Trials[0].Masks[2].Neurons {
		t.Errorf("%+v", c)
	}
	must(t, "skillneuron --save_to apart --task_type tweet_eval -a out/seed-1/pn/tweet_eval-pn/dev_perf,out/seed-2/pn/tweet_eval-pn/dev_perf -aa out/seed-1/neu/tweet_eval-neu/dev_perf,out/seed-2/neu/tweet_eval-neu/dev_perf")
	for _, name := range shareNames() {
		same(t, "apart/info/tweet_eval/"+name+".npy", "out/info/tweet_eval/"+name+".npy")
	}
	must(t, "prune --info_path out/info/tweet_eval/0.02 --ths_path out/seed-2/whole/tweet_eval/train_avg --resume_from out/seed-2/whole --save_to apart/prune")
	same(t, "apart/prune/best-backbone.safetensors", "out/seed-2/prune/best-backbone.safetensors")

	again := must(t, threeTrials+"--save_to out --trials 2 --draws 2")
	has(t, "the tables", again.stdout, "tweet_eval, 3 labels", "2 seeds", "tweet_eval-pn", "best neuron", "pruned", "19.2 %", "19 steps had been done before")
	var more trials.Result
	mustJSON(t, threeTrials+"--save_to out --trials 3 --draws 2", &more)
	if len(more.Trials) != 3 || more.Resumed != 14 || more.Trials[0].Test != r.Trials[0].Test {
		t.Errorf("a third trial: %+v", more)
	}
}

// Probed under the whole task's prompt, as in the paper, the parts need none of their own. A task of two labels goes the same way, unsplit.
func TestTrialsOtherWays(t *testing.T) {
	tweets(t)
	var r trials.Result
	mustJSON(t, threeTrials+"--save_to whole --prompts whole", &r)
	if _, err := os.Stat("whole/seed-1/pn/best-backbone.safetensors"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a part was tuned: %v", err)
	}
	if r.Trials[0].Parts[0].Test != 0 || r.Trials[0].Parts[0].Best.Dev < 0.5 {
		t.Errorf("%+v", r.Trials[0].Parts)
	}
	mustJSON(t, "trials --data_path data --backbone tiny --prompt_size 4 --epoch 1 --bz 16 --save_to two --type zero", &r)
	if r.Task != "sst2" || len(r.Trials) != 1 || len(r.Trials[0].Parts) != 1 || r.Trials[0].Parts[0].Task != "sst2" || r.Perturb != "zero" {
		t.Errorf("%+v", r)
	}
}

// Wherever a run is interrupted, the same command ends with the same results and the same bits.
func TestTrialsGoOn(t *testing.T) {
	tweets(t)
	cfg := func(dir string) trials.Config {
		return trials.Config{Common: tasks.Common{TaskType: "tweet_eval", DataPath: "tweets", Backbone: "tiny", PromptSize: tasks.Ptr(4), SaveTo: dir, Verb: []string{"a", "b", "c"}},
			Schedule: tasks.Schedule{Epochs: 1, BatchSize: 8, EvalEvery: 3, LR: 1e-2}, Shares: []int{0, 20}}
	}
	whole, err := trials.Run(t.Context(), cfg("never"))
	if err != nil {
		t.Fatal(err)
	}
	asked := countdown.After(t.Context(), math.MaxInt32)
	if _, err := trials.Run(asked, cfg("counted")); err != nil {
		t.Fatal(err)
	}
	places := math.MaxInt32 - asked.Left()
	stops := 12
	if testing.Short() {
		stops = 4
	}
	step := max(1, places/stops)
	for n := 0; n < places; n += step {
		dir := fmt.Sprintf("stopped-%d", n)
		_, err := trials.Run(countdown.After(t.Context(), n), cfg(dir))
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the same command goes on") {
			t.Fatalf("interrupted at place %d of %d: %v", n, places, err)
		}
		got, err := trials.Run(t.Context(), cfg(dir))
		if err != nil {
			t.Fatal(err)
		}
		ignore := cmp.Options{cmpopts.IgnoreFields(trials.Result{}, "Dir", "Seconds", "Resumed"), cmpopts.IgnoreFields(tasks.Perturbed{}, "Predictions", "CmpPredictions")}
		if diff := cmp.Diff(whole, got, ignore); diff != "" {
			t.Errorf("interrupted at place %d of %d:\n%s", n, places, diff)
		}
		for _, f := range []string{"info/tweet_eval/0.2.npy", "seed-1/prune/best-backbone.safetensors"} {
			same(t, "never/"+f, dir+"/"+f)
		}
	}
}

func TestTrialsRefuse(t *testing.T) {
	tweets(t)
	must(t, threeTrials+"--save_to out")
	write(t, "five/train.tsv", strings.Repeat("a b\t0\nb c\t1\nc d\t2\nd e\t3\ne f\t4\n", 5))
	write(t, "broken/trials.json", "{")
	for _, c := range []struct {
		what, line string
		status     int
		says       []string
	}{
		{"other flags", strings.Replace(threeTrials, "1e-2", "1e-3", 1) + "--save_to out", 2, []string{"out holds a run with another --lr, 0.01 where this call has 0.001", "another --save_to"}},
		{"fewer rows", threeTrials + "--save_to out --train_rows 5", 2, []string{"another --train_rows, 0 where this call has 5"}},
		{"pairs joined otherwise", threeTrials + "--save_to out --compat concat", 2, []string{"another --compat, false where this call has true"}},
		{"another seed", threeTrials + "--save_to out --random_seed 5", 2, []string{"another --random_seed, 1 where this call has 5"}},
		{"damaged state", threeTrials + "--save_to broken", 1, []string{"broken/trials.json is damaged"}},
		{"nowhere to save", threeTrials, 2, []string{"--save_to"}},
		{"five labels", "trials --task_type custom --data_path five --backbone tiny --save_to x", 2, []string{"5 labels", "--positive CLASS"}},
		{"one label", "trials --task_type empty --backbone tiny --save_to x", 2, []string{"prompt_act"}},
		{"no prompt", threeTrials + "--save_to x --prompt_size 0", 2, []string{"give 2 or more"}},
		{"a share out of range", threeTrials + "--save_to x --shares 0,50", 2, []string{"--shares 50", "0 to 20"}},
		{"a share that is no number", threeTrials + "--save_to x --shares ten", 2, []string{`"ten" is not a whole number`}},
		{"no trials", threeTrials + "--save_to x --trials 0", 2, []string{"--trials 0"}},
		{"no data", "trials --task_type tweet_eval --data_path nowhere --backbone tiny --save_to x", 1, []string{"nowhere: no such directory"}},
		{"no such backbone", strings.Replace(threeTrials, "tiny", "nobackbone", 1) + "--save_to y", 1, []string{"nobackbone"}},
		{"an unknown task", strings.Replace(threeTrials, "tweet_eval", "tweeteval", 1) + "--save_to x", 2, []string{"did you mean tweet_eval"}},
	} {
		r := run(t, c.line)
		if r.status != c.status || slices.ContainsFunc(c.says, func(s string) bool { return !strings.Contains(r.stderr, s) }) {
			t.Errorf("%s: %s\nexit status %d, want %d and %q:\n%s", c.what, c.line, r.status, c.status, c.says, r.stderr)
		}
	}
	mended := strings.Replace(threeTrials, "a,b,c", "a,b", 1) + "--save_to mended"
	if r := run(t, mended); r.status != 2 || !strings.Contains(r.stderr, "words of 2 labels for the 3 labels") {
		t.Errorf("too few words: %d %s", r.status, r.stderr)
	}
	must(t, threeTrials+"--save_to mended") // what was wrong with the first call does not bind the next
	lock := flock.New("out/.lock")
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if r := run(t, threeTrials+"--save_to out"); r.status != 1 || !strings.Contains(r.stderr, "another run is at work in out") {
		t.Errorf("two runs at once: %d %s", r.status, r.stderr)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove("out/seed-1/prune/best-backbone.safetensors"); err != nil {
		t.Fatal(err)
	}
	if r := must(t, threeTrials+"--save_to out"); !strings.Contains(r.stdout, "9 steps had been done") {
		t.Errorf("a file is gone, and its step alone is done again: %s", r.stdout)
	}
	write(t, "tweets/test.tsv", threeLabels(33))
	if r := run(t, threeTrials+"--save_to out"); r.status != 1 || !strings.Contains(r.stderr, "a run on other rows than") {
		t.Errorf("other rows: %d %s", r.status, r.stderr)
	}
}

// A step whose result is not what the step itself would have written down is done again, and everything comes out the same.
func TestTrialsForeignResults(t *testing.T) {
	tweets(t)
	var want trials.Result
	mustJSON(t, threeTrials+"--save_to out", &want)
	whole, err := os.ReadFile("out/" + trials.StateFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"null", "{}", "[]", `"x"`} {
		var state map[string]any
		if err := json.Unmarshal(whole, &state); err != nil {
			t.Fatal(err)
		}
		for _, step := range state["done"].(map[string]any) {
			step.(map[string]any)["result"] = json.RawMessage(foreign)
		}
		text, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		write(t, "out/"+trials.StateFile, string(text))
		var got trials.Result
		mustJSON(t, threeTrials+"--save_to out", &got)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(trials.Result{}, "Seconds")); diff != "" {
			t.Errorf("%s: %s", foreign, diff)
		}
	}
}
