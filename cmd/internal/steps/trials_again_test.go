package steps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks/trials"
)

// Whatever file of a step is gone or is another one, the step is done again, and with it those that read what it makes if that has changed, and no others.
func TestTrialsDoneAgain(t *testing.T) {
	tweets(t)
	const steps = 10 // binarize, three prompts, two probes, averages, rank, perturb, prune
	ignore := cmpopts.IgnoreFields(trials.Result{}, "Dir", "Seconds", "Resumed")
	var want trials.Result
	mustJSON(t, threeTrials+"--save_to out", &want)
	for _, c := range []struct {
		file string
		does func(path string) error // nil: removes it
	}{
		{"info/tweet_eval/0.05.npy", nil},
		{"info/tweet_eval/0.1.npy", copyOf("out/info/tweet_eval/0.2.npy")},
		{"seed-1/data/tweet_eval-neu/train.tsv", nil},
		{"seed-1/data/tweet_eval-pn/task.yaml", nil},
		{"seed-1/whole/optimizer.safetensors", nil},
		{"seed-1/whole/tweet_eval/train_avg.npy", truncate},
		{"seed-1/pn/best-backbone.safetensors", copyOf("out/seed-1/neu/best-backbone.safetensors")},
		{"seed-1/pn/tweet_eval-pn/train_avg.npy", nil},
		{"seed-1/neu/tweet_eval-neu/test_perf.npy", nil},
		{"seed-1/perturb/cmp_perf.json", nil},
		{"seed-1/prune/vocab.json", nil},
		{"seed-1/prune/best-backbone.safetensors", truncate},
	} {
		path := filepath.Join("out", c.file)
		before := read(t, path)
		does := c.does
		if does == nil {
			does = os.Remove
		}
		if err := does(path); err != nil {
			t.Fatal(err)
		}
		var got trials.Result
		mustJSON(t, threeTrials+"--save_to out", &got)
		if got.Resumed != steps-1 {
			t.Errorf("%s: %d steps had been done, want %d", c.file, got.Resumed, steps-1)
		}
		if diff := cmp.Diff(want, got, ignore); diff != "" {
			t.Errorf("%s:\n%s", c.file, diff)
		}
		if after := read(t, path); string(after) != string(before) {
			t.Errorf("%s is another file now", c.file)
		}
	}

	// Other weights under the same name: nothing but the split into tasks remains.
	weights := filepath.Join("tiny", safetensors.ModelFile)
	m, err := safetensors.Open(weights)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []safetensors.Tensor
	for _, name := range m.Names() {
		info, _ := m.Info(name)
		x, err := m.Float32s(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "intermediate.dense") {
			for i := range x {
				x[i] *= 1.5
			}
		}
		tensors = append(tensors, safetensors.Tensor{Name: name, Shape: info.Shape, Data: x})
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := safetensors.Write(weights, tensors, nil); err != nil {
		t.Fatal(err)
	}
	var other, fresh trials.Result
	mustJSON(t, threeTrials+"--save_to out", &other)
	mustJSON(t, threeTrials+"--save_to fresh", &fresh)
	if other.Resumed != 1 {
		t.Errorf("with another backbone %d steps had been done, want 1", other.Resumed)
	}
	if diff := cmp.Diff(fresh, other, ignore); diff != "" {
		t.Errorf("with another backbone:\n%s", diff)
	}
	same(t, "fresh/seed-1/prune/best-backbone.safetensors", "out/seed-1/prune/best-backbone.safetensors")
}

func copyOf(from string) func(string) error {
	return func(path string) error {
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o666)
	}
}

func truncate(path string) error { return os.Truncate(path, 100) }
