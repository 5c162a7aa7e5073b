package steps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/interchange"
)

// A run of the original goes on here: its files converted, ranked, perturbed and pruned; and what comes of it goes back.
func TestOriginalGoesOn(t *testing.T) {
	original, err := filepath.Abs("../../../tasks/interchange/testdata/original")
	if err != nil {
		t.Fatal(err)
	}
	workplace(t)
	must(t, "convert --from "+original+" --to example --as ours --backbone tiny --task_type sst2 --verb bad,good")
	must(t, "skillneuron --save_to example -a example/sst2/dev_perf")
	must(t, "mask --info_path example/info/sst2/0.2 --resume_from example --data_path data --save_to example -p")
	must(t, "prune --info_path example/info/sst2/0.2 --ths_path example/sst2/train_avg --save_to example/prune --resume_from example/best-backbone --low_layer 1")
	r := must(t, "convert --from example --to theirs --as torch")
	has(t, "what was written", r.stdout, "theirs/best-backbone", "theirs/prune/best-backbone", "theirs/info/sst2/0.05", "theirs/mask_perf", "prune_structure/PruneRoberta")
	must(t, "convert --from theirs/prune --to back --as ours --backbone tiny --task_type sst2")
	must(t, "probe --resume_from back -p --data_path data --probe_type speed")
}

func TestConvertCalls(t *testing.T) {
	workplace(t)
	write(t, "evil", "\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.")
	r := failed(t, "convert --from evil --to out --as ours")
	has(t, "a pickle that runs something", r.stderr, "evil", `"posix.system"`, "nothing of it was run")
	for line, says := range map[string]string{
		"convert --to out --as ours":               "what to convert: give --from",
		"convert --from evil --as ours":            "what to make: give --to",
		"convert --from evil --to out":             "which conversion is wanted: give --as",
		"convert --from evil --to out --as tourch": "did you mean torch?",
	} {
		r := run(t, line)
		has(t, line, r.stderr, says)
		if r.status != 2 {
			t.Errorf("%s: status %d", line, r.status)
		}
	}
	for _, k := range interchange.Kinds() {
		r := failed(t, "convert --from nowhere --to out --as "+k.Name)
		if want := "convert: --from nowhere: no such file or directory; name the file or directory to convert\n"; r.stderr != want {
			t.Errorf("--as %s: %q, want %q", k.Name, r.stderr, want)
		}
	}
}

// Without --backbone, a part of the original is taken to be roberta-base's: what is recorded is said, and opens it again, weights and all.
func TestConvertWithoutBackbone(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16")
	must(t, "convert --from run/best-backbone.safetensors --to theirs --as torch")
	t.Setenv("HF_HOME", "hf")
	t.Setenv("HF_HUB_OFFLINE", "1")
	r := failed(t, "convert --from theirs --to back --as ours")
	has(t, "stderr", r.stderr, `backbone "roberta-base": `, "--backbone DIR")
	commit := strings.Repeat("a", 40)
	repo := "hf/hub/models--FacebookAI--roberta-base/"
	write(t, repo+"refs/main", commit)
	copyTiny(t, repo+"snapshots/"+commit)
	if err := os.Remove(repo + "snapshots/" + commit + "/model.safetensors"); err != nil {
		t.Fatal(err)
	}
	r = must(t, "convert --from theirs --to back --as ours")
	has(t, "the table", r.stdout, "which backbone it was tuned on: FacebookAI/roberta-base@"+commit+" is recorded; --backbone names another")
	copyTiny(t, "whole")
	if err := os.Rename("whole/model.safetensors", repo+"snapshots/"+commit+"/model.safetensors"); err != nil {
		t.Fatal(err)
	}
	must(t, "probe --resume_from back.safetensors -p --data_path data --probe_type avg")
}
