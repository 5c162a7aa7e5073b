package steps

import (
	"strings"
	"testing"
)

type ranEntry struct {
	Concat  bool              `json:"concat"`
	Digests map[string]string `json:"digests"`
	Splits  struct {
		Rule  string         `json:"rule"`
		Rows  map[string]int `json:"rows"`
		Files []struct {
			Split string `json:"split"`
			Rows  int    `json:"rows"`
			Used  bool   `json:"used"`
		} `json:"files"`
	} `json:"splits"`
}

// The cut follows from the seed, stands in run.json, and is every step's; a step that finds other rows says so. A way to join pairs is kept, too.
func TestSplitsAreShared(t *testing.T) {
	workplace(t)
	var rows strings.Builder
	for i := range 40 {
		rows.WriteString(strings.Repeat("why ", i%7+1) + "?\tbecause it is " + strings.Repeat("so ", i%5+1) + "\t" + []string{"entailment", "not_entailment"}[i%2] + "\n")
	}
	write(t, "qnli/train.tsv", "question\tsentence\tlabel\n"+rows.String())
	write(t, "qnli/dev.tsv", "question\tsentence\tlabel\n"+rows.String())
	write(t, "qnli/test.tsv", "question\tsentence\tlabel\na\tb\t-1\n")
	const train = "train --task_type qnli --data_path qnli --backbone tiny --prompt_size 4 --epoch 1 --bz 16 "
	must(t, train+"--save_to out --compat concat")
	must(t, "probe --resume_from out -p --probe_type acc")
	must(t, "skillneuron --save_to out -a out/qnli/dev_perf")
	must(t, "mask --info_path out/info/qnli/0.1 --resume_from out -p")
	ran := map[string]ranEntry{}
	readJSON(t, "out/run.json", &ran)
	first := ran["train"]
	if !strings.Contains(first.Splits.Rule, "train.tsv cut 80/20 into train and dev with seed 1, test is dev.tsv") || first.Splits.Rows["train"] != 32 ||
		first.Splits.Rows["dev"] != 8 || first.Splits.Rows["test"] != 40 || len(first.Splits.Files) != 3 || first.Splits.Files[2].Used {
		t.Errorf("%+v", first.Splits)
	}
	for _, step := range []string{"train", "probe/acc", "mask/gaussian"} {
		e, ok := ran[step]
		if !ok || !e.Concat {
			t.Errorf("%s: pairs joined with nothing between: %t, want true", step, e.Concat)
		}
		for _, split := range []string{"train", "dev", "test"} {
			if e.Digests[split] == "" || e.Digests[split] != first.Digests[split] {
				t.Errorf("%s: digest of %s is %q, train's %q", step, split, e.Digests[split], first.Digests[split])
			}
		}
	}
	const other = "holds other rows than the run that is resumed had"
	if r := must(t, "probe --resume_from out -p --probe_type speed"); strings.Contains(r.stderr, other) {
		t.Errorf("the same rows: %s", r.stderr)
	}
	r := must(t, "probe --resume_from out -p --probe_type speed --random_seed 2")
	has(t, "another seed's cut", r.stderr, other, "split train", "split dev")
	if strings.Contains(r.stderr, "split test") {
		t.Errorf("the test split is the same: %s", r.stderr)
	}
	if r := run(t, strings.ReplaceAll(train, "qnli", "sst2")+"--data_path data --save_to x --compat concat"); r.status != 2 {
		t.Errorf("%d: %s", r.status, r.stderr)
	}
	if r := run(t, "train --data_path data --backbone tiny --save_to x --compat concat"); r.status != 2 || !strings.Contains(r.stderr, "joins the two texts of a pair, and sst2 has one") {
		t.Errorf("%d: %s", r.status, r.stderr)
	}
	must(t, train+"--save_to pairs")
	if string(read(t, "pairs/best-backbone.safetensors")) == string(read(t, "out/best-backbone.safetensors")) {
		t.Error("--compat concat changes nothing")
	}
}
