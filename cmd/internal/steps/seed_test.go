package steps

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// The command lines of the seed text, one after the other, on the random tiny model (hidden 36, FFN 52, 3 layers) and SST-2's first rows.
func TestSeedCommands(t *testing.T) {
	workplace(t)
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"tiny": "testdata/mini", "data": "testdata/sst2"} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	train := "bin/train --task_type sst2 --data_path testdata/sst2 --save_to example --bz 16 --eval_every_step 20 --model_type RobertaPrompt --backbone testdata/mini"
	r := must(t, train)
	has(t, "the table", r.stdout, "12 steps", "always answering the largest class", "example/best-backbone.safetensors", "next: bin/probe --resume_from example -p --data_path testdata/sst2 --probe_type acc")
	f, err := safetensors.Open("example/best-backbone.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Names(); !slices.Equal(got, []string{"prompt"}) {
		t.Errorf("best-backbone holds %v", got)
	}
	if x, err := f.Float32s("prompt", 15, 36); err != nil || len(x) != 15*36 {
		t.Errorf("prompt: %d elements, %v", len(x), err)
	}
	meta := map[string]any{}
	if err := json.Unmarshal([]byte(f.Metadata()["skillneuron"]), &meta); err != nil {
		t.Fatal(err)
	}
	if meta["model_type"] != "RobertaPrompt" || meta["prompt_size"] != 16.0 || meta["task_type"] != "sst2" || meta["labels"] != 2.0 ||
		!strings.HasSuffix(meta["backbone"].(string), "testdata/mini") {
		t.Errorf("best-backbone's metadata: %v", meta)
	}
	f.Close()

	// A finished run with -p: a new one from its best part.
	r = must(t, train+" --resume_from example -p --epoch 1")
	has(t, "the log", string(read(t, "example/log.txt")), "a new one starts from its best part")
	has(t, "the table", r.stdout, "3 steps")

	probe := must(t, "bin/probe --resume_from example --data_path testdata/sst2 --save_to example --probe_type acc --bz 16 -p --task_type sst2 --model_type RobertaPrompt")
	has(t, "the table", probe.stdout, "prompt row", "always answering the largest class gives dev", "next: bin/skillneuron --save_to example -a example/sst2/dev_perf")
	avg := array[float32](t, "example/sst2/train_avg.npy", "<f4", 3, 16, 52)
	for i, v := range avg {
		if !(v >= -0.17001 && v < 100) { // the least value of GELU is -0.17
			t.Fatalf("train_avg[%d] = %v is no mean of activations", i, v)
		}
	}
	for _, split := range []string{"dev", "test"} {
		counts := map[float32]bool{}
		for i, v := range array[float32](t, "example/sst2/"+split+"_perf.npy", "<f4", 3, 16, 52) {
			c := float64(v) * 24
			if !(v >= 0 && v <= 1) || math.Abs(c-math.Round(c)) > 1e-5 {
				t.Fatalf("%s_perf[%d] = %v is no share of 24 examples", split, i, v)
			}
			counts[v] = true
		}
		if len(counts) < 5 {
			t.Errorf("%s_perf has only %d different values", split, len(counts))
		}
	}

	must(t, "bin/skillneuron --save_to example -a example/sst2/dev_perf")
	var before []bool
	for k, name := range shareNames() {
		mask := array[bool](t, "example/info/sst2/"+name+".npy", "|b1", 3, 52)
		for l := range 3 {
			n := 0
			for _, on := range mask[l*52 : (l+1)*52] {
				if on {
					n++
				}
			}
			if n != k*52/100 {
				t.Errorf("mask %s marks %d neurons of layer %d, want %d", name, n, l, k*52/100)
			}
		}
		for i, on := range before {
			if on && !mask[i] {
				t.Errorf("mask %s lacks neuron %d of a smaller one", name, i)
			}
		}
		before = mask
	}

	r = must(t, "bin/mask --info_path example/info/sst2/0.1 --resume_from example --data_path testdata/sst2 --save_to example --bz 16 -p --cmp")
	has(t, "the table", r.stdout, "random", "scores are accuracies; always answering the largest class gives")
	var perf, cmp struct {
		Mask  string
		Share float64
		Score *float64
		Cmp   []float64
	}
	readJSON(t, "example/mask_perf.json", &perf)
	readJSON(t, "example/cmp_perf.json", &cmp)
	if perf.Mask != "0.1" || math.Abs(perf.Share-5./52) > 1e-12 || perf.Score == nil || len(perf.Cmp) != 1 || cmp.Score == nil || *cmp.Score != perf.Cmp[0] {
		t.Errorf("mask_perf %+v, cmp_perf %+v", perf, cmp)
	}

	if err := os.Mkdir("prune_structure", 0o755); err != nil {
		t.Fatal(err)
	}
	r = must(t, "bin/getprunestructure")
	has(t, "the table", r.stdout, "3×3072, 9×61", "124,697,433", "66.6 %")
	var structure struct {
		Parameters int
		Widths     []int
		Share      float64
	}
	readJSON(t, "prune_structure/PruneRoberta.json", &structure)
	if want := 124_697_433 - 9*(3072-61)*(2*768+1); structure.Parameters != want || len(structure.Widths) != 12 || structure.Widths[11] != 61 {
		t.Errorf("structure %+v, want %d parameters", structure, want)
	}

	r = must(t, "bin/prune --info_path example/info/sst2/0.02 --ths_path example/sst2/train_avg --save_to example/prune --resume_from example/best-backbone")
	has(t, "the table", r.stdout, "neurons by layer: 3×1", "example/prune/best-backbone.safetensors")
	f, err = safetensors.Open("example/prune/best-backbone.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int{
		"prompt": {15, 36}, "backbone.roberta.embeddings.word_embeddings.weight": {400, 36},
		"backbone.roberta.encoder.layer.2.intermediate.dense.weight": {1, 36}, "backbone.roberta.encoder.layer.2.output.dense.weight": {36, 1},
	} {
		if _, err := f.Float32s(name, shape...); err != nil {
			t.Error(err)
		}
	}
	f.Close()

	r = must(t, "bin/probe -p --resume_from example/prune --model_type RobertaPrunePrompt --save_to example/prune --probe_type speed --data_path testdata/sst2")
	has(t, "the table", r.stdout, "tokenisation", "sentences/s", "largest class")
	for _, name := range []string{"inference_perf", "inference_time"} {
		var x []float64
		readJSON(t, "example/prune/sst2/"+name+".json", &x)
		if len(x) != 3 || slices.Min(x) <= 0 {
			t.Errorf("%s holds %v", name, x)
		}
	}
	must(t, "bin/train -p --resume_from example/prune --model_type RobertaPrunePrompt --task_type sst2 --data_path testdata/sst2 --save_to example/prune --bz 128 --eval_every_step 2000")

	want := []string{"example/best-backbone.safetensors", "example/cmp_perf.json"}
	for _, n := range shareNames() {
		want = append(want, "example/info/sst2/"+n+".npy")
	}
	want = append(want, "example/last-checkpoint.safetensors", "example/log.txt", "example/mask_perf.json", "example/optimizer.safetensors",
		"example/prune/best-backbone.safetensors", "example/prune/last-checkpoint.safetensors", "example/prune/log.txt", "example/prune/merges.txt",
		"example/prune/optimizer.safetensors", "example/prune/run.json", "example/prune/scheduler.json", "example/prune/sst2/inference_perf.json",
		"example/prune/sst2/inference_time.json", "example/prune/vocab.json", "example/run.json", "example/scheduler.json",
		"example/sst2/dev_perf.npy", "example/sst2/test_perf.npy", "example/sst2/train_avg.npy")
	if got := tree(t, "example"); !slices.Equal(got, want) {
		t.Errorf("files\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var manifest map[string]struct {
		Seed     uint64
		Device   string
		Version  string
		DataPath string `json:"data_path"`
		Digests  map[string]string
	}
	readJSON(t, "example/run.json", &manifest)
	for _, step := range []string{"train", "probe/acc", "mask/gaussian"} {
		if m := manifest[step]; m.Seed != 1 || !strings.HasPrefix(m.Device, "cpu") || m.Version == "" || len(m.Digests) != 3 || m.DataPath == "" {
			t.Errorf("run.json says of %s: %+v", step, m)
		}
	}

	// The seed's own binarize line has --data_path twice.
	r = run(t, "bin/binarize --task_type tweet_eval --data_path data/raw/tweet_eval --data_path data/raw")
	if r.status != 2 {
		t.Errorf("--data_path twice has exit status %d", r.status)
	}
	has(t, "stderr", r.stderr, "--data_path stands twice", "--save_to")
}
