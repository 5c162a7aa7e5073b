package steps

import (
	"math"
	"strings"
	"testing"
)

// A finished run that is resumed is a new one from its best part, which is the one to beat; --from best takes the optimizer's state along.
func TestResumeFinished(t *testing.T) {
	workplace(t)
	type result struct {
		Steps, Continued int
		Best             int `json:"best_step"`
		From             int `json:"continued_from"`
		Dev              float64
		History          []struct {
			Step int
			Dev  float64
		}
	}
	var first, again, best result
	mustJSON(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 2 --bz 16 --lr 1e-2 --eval_every_step 2", &first)
	mustJSON(t, "train --resume_from run -p --save_to again --lr 1e-30", &again)
	if again.From != 0 || again.Steps != first.Steps || again.History[0].Step != 0 || again.History[0].Dev != first.Dev || again.Dev != first.Dev {
		t.Errorf("resumed: %+v, before %+v", again, first)
	}
	mustJSON(t, "train --resume_from run/best-backbone.safetensors -p --from best --epoch 4 --save_to best", &best)
	if best.From != first.Best || best.Steps != 12 || best.Dev < first.Dev || best.History[0].Step <= first.Best {
		t.Errorf("from best: %+v, before %+v", best, first)
	}
	r := run(t, "train --resume_from run -p --from best --epoch 1 --bz 48")
	if r.status != 2 || !strings.Contains(r.stderr, "raise --epoch") {
		t.Errorf("nothing left to train: exit status %d, %s", r.status, r.stderr)
	}
	if r := run(t, "train --save_to x --backbone tiny --data_path data --from best"); r.status != 2 || !strings.Contains(r.stderr, "--resume_from DIR -p") {
		t.Errorf("--from best of nothing: exit status %d, %s", r.status, r.stderr)
	}
}

// The tuned part's file names its run as well as the directory does, also as the place to save to.
func TestResumeFromFile(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16")
	for _, name := range []string{"run", "run/best-backbone", "run/best-backbone.safetensors"} {
		must(t, "probe --resume_from "+name+" -p --probe_type speed")
	}
	for _, f := range tree(t, ".") {
		if strings.HasPrefix(f, "run/best-backbone") && f != "run/best-backbone.safetensors" {
			t.Errorf("%s was written", f)
		}
	}
	readJSON(t, "run/sst2/inference_perf.json", new([]float64))
}

// A probe under an edit reads what the edit put in; an edit of nothing changes nothing.
func TestProbeUnderEdit(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16")
	must(t, "probe --resume_from run -p --probe_type all")
	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	probe := "probe --resume_from run -p --ths_path run/sst2/train_mean_avg --add_mask run/info/sst2/"
	must(t, probe+"0.0 --save_to none")
	same(t, "none/sst2/train_avg.npy", "run/sst2/train_avg.npy")
	same(t, "none/sst2/test_perf.npy", "run/sst2/test_perf.npy")
	must(t, probe+"0.1 --save_to some")
	mask := array[bool](t, "run/info/sst2/0.1.npy", "|b1", 3, 52)
	put := array[float32](t, "run/sst2/train_mean_avg.npy", "<f4", 3, 52)
	got := array[float32](t, "some/sst2/train_avg.npy", "<f4", 3, 4, 52)
	for l := range 3 {
		for p := range 4 {
			for i := range 52 {
				if d := math.Abs(float64(got[(l*4+p)*52+i] - put[l*52+i])); mask[l*52+i] && d > 1e-7 {
					t.Errorf("layer %d, row %d, neuron %d: average %v under an edit to %v", l, p, i, got[(l*4+p)*52+i], put[l*52+i])
				}
			}
		}
	}
}

// --verbose shows the log, --quiet no progress; warnings come through.
func TestVerbose(t *testing.T) {
	workplace(t)
	train := "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16 "
	plain, verbose, quiet := must(t, train), must(t, train+"--verbose"), must(t, train+"--quiet")
	has(t, "stderr", plain.stderr, "train: step 3:", "warning: verbalizer word")
	has(t, "stderr with --verbose", verbose.stderr, "method RobertaPrompt", "finished")
	if strings.Contains(plain.stderr, "method RobertaPrompt") || strings.Contains(quiet.stderr, "step 3") || !strings.Contains(quiet.stderr, "warning: verbalizer word") {
		t.Errorf("plain:\n%s\nquiet:\n%s", plain.stderr, quiet.stderr)
	}
	has(t, "log.txt", string(read(t, "run/log.txt")), "msg=training", "msg=evaluation", "msg=finished", "kernels=cpu")
}
