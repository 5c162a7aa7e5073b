package steps

import (
	"path/filepath"
	"testing"
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
}
