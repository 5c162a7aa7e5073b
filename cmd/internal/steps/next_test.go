package steps

import (
	"strings"
	"testing"
)

// The steps that train proposes for more labels than a neuron's accuracy is measured between can be taken.
func TestNextStepsOfThreeLabels(t *testing.T) {
	tweets(t)
	r := must(t, "train --task_type tweet_eval --data_path tweets --backbone tiny --verb a,b,c --prompt_size 4 --epoch 1 --bz 16 --save_to out")
	var proposed []string
	for line := range strings.Lines(r.stdout) {
		if call, ok := strings.CutPrefix(strings.TrimSpace(line), "next: bin/"); ok {
			proposed = append(proposed, call)
			must(t, call)
		}
	}
	if len(proposed) != 2 {
		t.Errorf("%q", proposed)
	}
	array[float32](t, "out/tweet_eval/train_avg.npy", "<f4", 3, 4, 52)
	read(t, "DIR/tweet_eval-neu/task.yaml")
}
