package steps

import (
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// Every method goes all the way: train, probe, rank, perturb. What trains, and what is saved, is that method's part alone.
func TestMethods(t *testing.T) {
	workplace(t)
	for _, tc := range []struct {
		name, flags string
		rows        int                    // of train_avg; 0: pooled
		trained     func(name string) bool // of the saved tensors' names
	}{
		{"prompt", "--model_type RobertaPrompt --prompt_size 2", 2, func(n string) bool { return n == "prompt" }},
		{"bias", "--model_type RobertaBias", 0, func(n string) bool { return strings.HasSuffix(n, "bias") }},
		{"adapter", "--model_type RobertaAdapter", 0, func(n string) bool { return strings.Contains(n, "adapter") }},
		{"everything", "--prompt_size 0 --lr 1e-4", 0, func(n string) bool { return strings.HasPrefix(n, "roberta.") || strings.HasPrefix(n, "lm_head.") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := tc.name
			r := must(t, "train --save_to "+d+" --backbone tiny --data_path data --epoch 2 --bz 16 "+tc.flags)
			kind, perf, suggested := "acc", "dev_perf", "acc"
			if tc.rows == 0 {
				kind, perf, suggested = "all", "dev_max_perf", "acc_mean"
			}
			has(t, "the table", r.stdout, "--probe_type "+suggested+"\n")
			f, err := safetensors.Open(d + "/best-backbone.safetensors")
			if err != nil {
				t.Fatal(err)
			}
			names := f.Names()
			f.Close()
			if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return !tc.trained(n) }) {
				t.Errorf("saved: %v", names)
			}
			must(t, "probe --resume_from "+d+" -p --probe_type "+kind)
			if tc.rows > 0 {
				array[float32](t, d+"/sst2/train_avg.npy", "<f4", 3, tc.rows, 52)
			} else {
				array[float32](t, d+"/sst2/train_mean_avg.npy", "<f4", 3, 52)
				array[float32](t, d+"/sst2/train_max_avg.npy", "<f4", 3, 52)
				if slices.Contains(tree(t, d), d+"/sst2/train_avg.npy") {
					t.Error("a model without a prompt has prompt rows")
				}
			}
			must(t, "skillneuron --save_to "+d+" -a "+d+"/sst2/"+perf)
			avg := "train_avg"
			if tc.rows == 0 {
				avg = "train_mean_avg"
			}
			for _, how := range []string{"zero", "gaussian --alpha 0.5", "gaussian --deviations " + d + "/sst2/" + perf, "mean --ths_path " + d + "/sst2/" + avg} {
				must(t, "mask --info_path "+d+"/info/sst2/0.2 --resume_from "+d+" -p --cmp --draws 3 --type "+how)
			}
		})
	}
}

// An edit of nothing changes nothing, and an edit of every layer's neurons is that of its two halves: layer ranges are [low, high).
func TestMaskRange(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 2 --bz 16 --lr 1e-2")
	must(t, "probe --resume_from run -p")
	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	var whole struct{ Masks []struct{ Neurons int } }
	for layers, want := range map[string]int{"": 30, "--low_layer 1": 20, "--high_layer 1": 10, "--lowlayer 1 --highlayer 2": 10} {
		mustJSON(t, "mask --info_path run/info/sst2/0.2 --resume_from run -p --type zero "+layers, &whole)
		if whole.Masks[0].Neurons != want {
			t.Errorf("%q perturbs %d neurons, want %d", layers, whole.Masks[0].Neurons, want)
		}
	}
	var none, noise struct{ Masks []struct{ Score float64 } }
	mustJSON(t, "mask --info_path run/info/sst2/0.0 --resume_from run -p --type zero", &none)
	mustJSON(t, "mask --info_path run/info/sst2/0.2 --resume_from run -p --alpha 0", &noise)
	if none.Masks[0].Score != noise.Masks[0].Score {
		t.Errorf("nothing perturbed scores %v, noise of deviation 0 %v", none.Masks[0].Score, noise.Masks[0].Score)
	}
}

// Several masks make a curve in one call; each is what it is alone.
func TestSeveralMasks(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 2 --bz 16 --lr 1e-2")
	must(t, "probe --resume_from run -p")
	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	type entry struct {
		Mask         string
		Share, Score float64
		Cmp          []float64
	}
	var curve, random []entry
	must(t, "mask --info_path run/info/sst2/0.0,run/info/sst2/0.1.npy,run/info/sst2/0.2 --resume_from run -p --cmp --draws 2 --alpha 1")
	readJSON(t, "run/mask_perf.json", &curve)
	readJSON(t, "run/cmp_perf.json", &random)
	if len(curve) != 3 || len(random) != 3 || curve[1].Mask != "0.1" || curve[0].Share != 0 || len(curve[2].Cmp) != 2 {
		t.Fatalf("mask_perf %+v, cmp_perf %+v", curve, random)
	}
	for i, name := range []string{"0.0", "0.1", "0.2"} {
		var one entry
		must(t, "mask --info_path run/info/sst2/"+name+" --resume_from run -p --cmp --draws 2 --alpha 1 --bz 5")
		readJSON(t, "run/mask_perf.json", &one)
		if one.Mask != curve[i].Mask || one.Score != curve[i].Score || !slices.Equal(one.Cmp, curve[i].Cmp) {
			t.Errorf("alone %+v, in the curve %+v", one, curve[i])
		}
		if mean := (random[i].Cmp[0] + random[i].Cmp[1]) / 2; mean != random[i].Score {
			t.Errorf("random %+v: the score is no mean of the draws", random[i])
		}
	}
}

// A prompt trained on one task is evaluated on another: the prompt stays, data and words are the other's.
func TestTransfer(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 2 --bz 16 --lr 1e-2")
	write(t, "imdb/train.csv", "text,label\n\"fine, really\",pos\ndull,neg\nfine,pos\ndull film,neg\na,pos\nb,neg\nc,pos\nd,neg\ne,pos\nf,neg\n")
	write(t, "imdb/test.jsonl", `{"text": "dull", "label": "neg"}`+"\n"+`{"text": "fine", "label": "pos"}`+"\n")
	before := read(t, "run/best-backbone.safetensors")
	var r struct {
		Task  string `json:"task_type"`
		Speed struct {
			Score     []float64
			Sentences int
		}
	}
	mustJSON(t, "probe --resume_from run -p --task_type imdb --data_path imdb --probe_type speed --save_to there", &r)
	if r.Task != "imdb" || r.Speed.Sentences != 2 || len(r.Speed.Score) != 3 {
		t.Errorf("got %+v", r)
	}
	must(t, "probe --resume_from run -p --task_type imdb --data_path imdb --probe_type all --save_to there")
	array[float32](t, "there/imdb/test_perf.npy", "<f4", 3, 4, 52)
	if string(before) != string(read(t, "run/best-backbone.safetensors")) {
		t.Error("a probe changed the tuned part")
	}
	// Without --data_path the recorded one is of another task.
	r2 := run(t, "probe --resume_from run -p --task_type imdb --save_to there")
	if r2.status != 2 {
		t.Errorf("exit status %d: %s", r2.status, r2.stderr)
	}
	has(t, "stderr", r2.stderr, "--data_path")
}

// A task of one's own, as CSV with columns and class names of one's own; the next step takes them from the run.
func TestCustomTask(t *testing.T) {
	workplace(t)
	var b strings.Builder
	b.WriteString("id,review,stars,more\n")
	for i := range 20 {
		b.WriteString("7,\"a film, or two\",")
		b.WriteString([]string{"bad", "good"}[i%2] + ",x\n")
	}
	for _, split := range []string{"train", "dev", "test"} {
		write(t, "own/"+split+".csv", b.String())
	}
	must(t, "train --task_type custom --data_path own --columns review --label_column stars --labels bad,good --verb a,c --save_to run --backbone tiny --prompt_size 4 --epoch 1 --bz 8")
	must(t, "probe --resume_from run -p")
	array[float32](t, "run/custom/train_avg.npy", "<f4", 3, 4, 52)
	r := must(t, "skillneuron --save_to run -a run/custom/dev_perf")
	has(t, "the table", r.stdout, "run/info/custom")
}

// Several trials, by mean and by min, against the arithmetic done here.
func TestTrials(t *testing.T) {
	workplace(t)
	var perfs [][]float32
	for _, seed := range []string{"1", "2"} {
		must(t, "train --save_to s"+seed+" --random_seed "+seed+" --backbone tiny --data_path data --prompt_size 3 --epoch 1 --bz 16 --lr 1e-2")
		must(t, "probe --resume_from s"+seed+" -p")
		perfs = append(perfs, array[float32](t, "s"+seed+"/sst2/dev_perf.npy", "<f4", 3, 3, 52))
	}
	for _, how := range []string{"mean", "min"} {
		must(t, "skillneuron -a s1/sst2/dev_perf,s2/sst2/dev_perf.npy --type "+how+" --save_to "+how)
		got := array[bool](t, how+"/info/sst2/0.1.npy", "|b1", 3, 52)
		for l := range 3 {
			score := make([]float64, 52)
			for i := range score {
				var trial [2]float64
				for k, p := range perfs {
					for row := range 3 {
						d := float64(p[(l*3+row)*52+i]) - 0.5
						trial[k] = max(trial[k], d, -d)
					}
				}
				score[i] = (trial[0] + trial[1]) / 2
				if how == "min" {
					score[i] = min(trial[0], trial[1])
				}
			}
			order := make([]int, 52)
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(a, b int) int {
				switch {
				case score[a] > score[b]:
					return -1
				case score[a] < score[b]:
					return 1
				}
				return 0
			})
			want := make([]bool, 52)
			for _, i := range order[:5] {
				want[i] = true
			}
			if !slices.Equal(got[l*52:(l+1)*52], want) {
				t.Errorf("%s, layer %d: %v, want %v", how, l, got[l*52:(l+1)*52], want)
			}
		}
	}
	if a, b := read(t, "mean/info/sst2/0.1.npy"), read(t, "min/info/sst2/0.1.npy"); string(a) == string(b) {
		t.Error("mean and min choose the same neurons: the test tells nothing")
	}
}

// A task of three labels: split, tuned and probed in two parts, ranked with -aa, perturbed as a whole.
func TestMultiLabel(t *testing.T) {
	workplace(t)
	for _, s := range []string{"train", "dev", "test"} {
		write(t, "tweets/"+s+".tsv", threeLabels(30))
	}
	r := must(t, "binarize --task_type tweet_eval --data_path tweets --save_to two")
	has(t, "the table", r.stdout, "two/tweet_eval-pn/train.tsv", "two/tweet_eval-neu/test.tsv", "next: bin/train --data_path two/tweet_eval-pn --save_to pn")
	for _, part := range []string{"pn", "neu"} {
		must(t, "train --task_type tweet_eval-"+part+" --data_path two/tweet_eval-"+part+" --save_to "+part+" --backbone tiny --prompt_size 4 --epoch 1 --bz 8 --lr 1e-2")
		must(t, "probe --resume_from "+part+" -p")
	}
	must(t, "train --task_type tweet_eval --data_path tweets --verb a,b,c --save_to three --backbone tiny --prompt_size 4 --epoch 1 --bz 8 --lr 1e-2")
	must(t, "skillneuron --save_to three --task_type tweet_eval -a pn/tweet_eval-pn/dev_perf -aa neu/tweet_eval-neu/dev_perf")
	must(t, "skillneuron --save_to pn -a pn/tweet_eval-pn/dev_perf")
	for k, name := range shareNames() {
		m := array[bool](t, "three/info/tweet_eval/"+name+".npy", "|b1", 3, 52)
		half := array[bool](t, "pn/info/tweet_eval-pn/"+shareNames()[k/2]+".npy", "|b1", 3, 52)
		for l := range 3 {
			n := 0
			for i := range 52 {
				if m[l*52+i] {
					n++
				}
				if k%2 == 0 && half[l*52+i] && !m[l*52+i] {
					t.Errorf("mask %s, layer %d lacks neuron %d, of the top %d of pn", name, l, i, k/2*52/100)
				}
			}
			if n != k*52/100 {
				t.Errorf("mask %s, layer %d marks %d neurons, want %d", name, l, n, k*52/100)
			}
		}
	}
	r = must(t, "mask --info_path three/info/tweet_eval/0.1 --resume_from three -p --cmp")
	has(t, "the table", r.stdout, "tweet_eval on the test split", "always answering the largest class gives 0.3333")
}

// One neuron's activations, with the third number of the original's default ignored; the mask row's activations on empty sentences.
func TestActivations(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16")
	must(t, "probe --resume_from run -p --probe_type pos --pos 1,5,0")
	dev := array[float32](t, "run/sst2/pos_dev/1,5.npy", "<f4", 24, 4)
	array[float32](t, "run/sst2/pos_test/1,5.npy", "<f4", 24, 4)
	must(t, "probe --resume_from run -p --probe_type all")
	// The share that perf holds follows from the activations, the threshold and the labels.
	avg := array[float32](t, "run/sst2/train_avg.npy", "<f4", 3, 4, 52)
	perf := array[float32](t, "run/sst2/dev_perf.npy", "<f4", 3, 4, 52)
	lines := strings.Split(string(read(t, "data/dev.tsv")), "\n")
	for p := range 4 {
		agree := 0
		for s := range 24 {
			if (dev[s*4+p] > avg[(4+p)*52+5]) == strings.HasSuffix(lines[s], "\t1") {
				agree++
			}
		}
		if want := float32(float64(agree) / 24); perf[(4+p)*52+5] != want {
			t.Errorf("row %d: perf %v, want %v from the activations", p, perf[(4+p)*52+5], want)
		}
	}
	must(t, "probe --resume_from run -p --probe_type prompt_act")
	x := array[float32](t, "run/empty/prompt_activation.npy", "<f4", 12, 3, 52)
	for i := range 3 * 52 {
		if x[i] != x[11*3*52+i] {
			t.Fatalf("empty sentences differ at %d: %v and %v", i, x[i], x[11*3*52+i])
		}
	}
}

// A text longer than the model is cut at its end: what stands behind the limit changes nothing, a warning there is none.
func TestLongText(t *testing.T) {
	workplace(t)
	for dir, tail := range map[string]string{"long": " and so on", "longer": " quite otherwise, and for a very long time"} {
		for _, split := range []string{"train", "dev", "test"} {
			write(t, dir+"/"+split+".tsv", "a film"+strings.Repeat(" of sorts", 40)+tail+"\t1\ndull\t0\nfine\t1\n")
		}
		must(t, "probe --backbone tiny --prompt_size 4 --probe_type all --save_to out-"+dir+" --data_path "+dir)
	}
	for _, f := range tree(t, "out-long/sst2") {
		same(t, f, strings.Replace(f, "out-long", "out-longer", 1))
	}
	must(t, "train --backbone tiny --prompt_size 4 --save_to run --data_path long --epoch 1")
}

// Pruning leaves the model whole where everything is kept, and prunes further layers, other shares and the original's sum on demand.
func TestPruneChoices(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 2 --bz 16 --lr 1e-2")
	must(t, "probe --resume_from run -p --probe_type all")
	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	prune := "prune --info_path run/info/sst2/0.1 --resume_from run "
	var r struct {
		Widths             []int
		Filled, Parameters int
		Before             int `json:"parameters_before"`
	}
	for _, tc := range []struct {
		flags  string
		widths []int
		filled int
	}{
		{"--keep 1 --ths_path run/sst2/train_avg --save_to all", []int{52, 52, 52}, 3 * 47},
		{"--keep 0.25 --ths_path run/sst2/train_mean_avg --save_to quarter", []int{13, 13, 13}, 3 * 8},
		{"--ths_path run/sst2/train_avg --low_layer 1 --high_layer 2 --save_to middle", []int{52, 5, 52}, 0},
		{"--ths_path run/sst2/train_avg --compat double_count --save_to double", []int{5, 5, 5}, 0},
		{"--ths_path run/sst2/train_avg --save_to single", []int{5, 5, 5}, 0},
	} {
		mustJSON(t, prune+tc.flags, &r)
		gone := 0
		for _, w := range tc.widths {
			gone += (52 - w) * (2*36 + 1)
		}
		if !slices.Equal(r.Widths, tc.widths) || r.Filled != tc.filled || r.Before-r.Parameters != gone {
			t.Errorf("%s: %+v", tc.flags, r)
		}
	}
	if string(read(t, "double/best-backbone.safetensors")) == string(read(t, "single/best-backbone.safetensors")) {
		t.Error("--compat double_count changes nothing")
	}
	var whole, all struct{ Speed struct{ Score []float64 } }
	mustJSON(t, "probe --resume_from run -p --probe_type speed", &whole)
	mustJSON(t, "probe --resume_from all -p --probe_type speed", &all)
	if whole.Speed.Score[0] != all.Speed.Score[0] {
		t.Errorf("with every neuron kept the score is %v, before %v", all.Speed.Score[0], whole.Speed.Score[0])
	}
	if r := run(t, "probe --resume_from middle -p"); r.status != 2 || !strings.Contains(r.stderr, "speed") {
		t.Errorf("a model of uneven widths probed: exit status %d, %s", r.status, r.stderr)
	}
}
