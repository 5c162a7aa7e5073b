package steps

import (
	"slices"
	"testing"
)

// A pruned model goes to transformers' layout and back, and is the same file; what an export cannot be is a wrong call.
func TestConvertExports(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16 --lr 1e-2")
	must(t, "probe --resume_from run -p")
	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	must(t, "prune --info_path run/info/sst2/0.1 --ths_path run/sst2/train_avg --save_to small --resume_from run")
	r := must(t, "convert --from small --to hf --as huggingface")
	has(t, "the table", r.stdout, "hf/modeling_skillneuron.py", "trust_remote_code", "hf/config.json", "model.encode")
	want := []string{"hf/config.json", "hf/merges.txt", "hf/model.safetensors", "hf/modeling_skillneuron.py", "hf/tokenizer_config.json", "hf/vocab.json"}
	if got := tree(t, "hf"); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	must(t, "convert --from hf --to back --as ours")
	for _, f := range []string{"best-backbone.safetensors", "vocab.json", "merges.txt"} {
		same(t, "small/"+f, "back/"+f)
	}
	must(t, "convert --from run --to peft --as peft")
	must(t, "convert --from peft --to again --as ours")
	same(t, "run/best-backbone.safetensors", "again/best-backbone.safetensors")
	if r := run(t, "convert --from run --to hub --as adapterhub"); r.status != 2 {
		t.Errorf("exit status %d: %s", r.status, r.stderr)
	} else {
		has(t, "stderr", r.stderr, "RobertaPrompt", "--as huggingface")
	}
}
