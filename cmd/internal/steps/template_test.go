package steps

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks"
)

// runWords is [run] with words that may hold blanks.
func runWords(t testing.TB, name string, words ...string) result {
	t.Helper()
	var out, errs strings.Builder
	status := cli.Run(t.Context(), name, words, &out, &errs, all[name])
	return result{status, out.String(), errs.String()}
}

const template = "{text} It was <mask>."

// tunedPart is the description in a run's directory, and the names of its tensors.
func tunedPart(t *testing.T, dir string) (roberta.Tuned, []string) {
	t.Helper()
	desc, err := roberta.ReadTuned(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(dir + "/best-backbone.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return desc, f.Names()
}

// A hand-written prompt goes all the way without training: scored, probed at its own tokens, ranked, perturbed, pruned.
func TestTemplateSteps(t *testing.T) {
	workplace(t)
	r := runWords(t, "train", "--save_to", "run", "--backbone", "tiny", "--data_path", "data", "--template", template, "--verb", "bad|dull,good|fine")
	if r.status != 0 {
		t.Fatal(r.stderr)
	}
	has(t, "the table", r.stdout, "RobertaTemplate", template, "nothing trained", "next: bin/probe --resume_from run -p --data_path data --probe_type acc")
	has(t, "stderr", r.stderr, `warning: verbalizer word "bad" is`, "of which the first is read")
	if got := tree(t, "run"); !slices.Equal(got, []string{"run/best-backbone.safetensors", "run/log.txt", "run/run.json"}) {
		t.Errorf("files %v", got)
	}
	desc, names := tunedPart(t, "run")
	if desc.Template != template || desc.Method != roberta.Written || len(names) != 0 || len(desc.IDs) != 2 || len(desc.IDs[0]) != 2 || desc.Words[1][1] != "fine" {
		t.Errorf("tensors %v, %+v", names, desc)
	}
	c, err := tasks.LoadClassifier("run", tasks.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	own := len(c.Model().Tokenizer.AppendEncode(nil, " It was <mask>."))

	must(t, "probe --resume_from run -p --probe_type all")
	avg := array[float32](t, "run/sst2/train_avg.npy", "<f4", 3, own, 52)
	perf := array[float32](t, "run/sst2/dev_perf.npy", "<f4", 3, own, 52)
	must(t, "probe --resume_from run -p --probe_type pos --pos 1,5")
	pos := array[float32](t, "run/sst2/pos_dev/1,5.npy", "<f4", 24, own)
	must(t, "probe --resume_from run -p --probe_type prompt_act")
	array[float32](t, "run/empty/prompt_activation.npy", "<f4", 12, 3, 52)

	// The classifier sees the same activations at the same tokens.
	lines := strings.Split(string(read(t, "data/dev.tsv")), "\n")
	for k := range own {
		agree := 0
		for i, line := range lines[:24] {
			text, label, _ := strings.Cut(line, "\t")
			one, err := c.Read([]string{text}, []tasks.Neuron{{Layer: 1, Index: 5, Row: k}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := one[0].Activations[0]; got != pos[i*own+k] {
				t.Fatalf("sentence %d at token %d of the template: the classifier reads %v, the probe %v", i, k, got, pos[i*own+k])
			}
			if (pos[i*own+k] > avg[(own+k)*52+5]) == (label == "1") {
				agree++
			}
		}
		if want := float32(float64(agree) / 24); perf[(own+k)*52+5] != want {
			t.Errorf("token %d: perf %v, want %v from the activations", k, perf[(own+k)*52+5], want)
		}
	}

	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	must(t, "mask --info_path run/info/sst2/0.2 --resume_from run -p --type mean --ths_path run/sst2/train_avg --cmp")
	r = must(t, "prune --info_path run/info/sst2/0.1 --ths_path run/sst2/train_avg --keep 1 --save_to run/prune --resume_from run")
	has(t, "the table", r.stdout, "--model_type RobertaTemplate --probe_type speed")
	var whole, kept struct{ Dev, Test float64 }
	mustJSON(t, "train --resume_from run -p", &whole)
	mustJSON(t, "train --resume_from run/prune -p --save_to again", &kept)
	if whole != kept {
		t.Errorf("with every neuron kept the scores are %v, before %v", kept, whole)
	}
	p, err := tasks.LoadClassifier("again", tasks.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := c.Classify("a fine film")
	if err != nil {
		t.Fatal(err)
	}
	after, err := p.Classify("a fine film")
	if err != nil || before[0].Logits[0] != after[0].Logits[0] {
		t.Errorf("logits %v and %v, %v", before, after, err)
	}
}

// What the classifier reads at a template's <mask> is what the masked language model says there: the log of the words' probabilities, summed.
func TestTemplateReadsMask(t *testing.T) {
	workplace(t)
	if r := runWords(t, "train", "--save_to", "run", "--backbone", "tiny", "--data_path", "data", "--template", "Here {text} It was <mask>, really", "--verb", "a|in,the|of"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	c, err := tasks.LoadClassifier("run", tasks.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Classify("a fine film")
	if err != nil {
		t.Fatal(err)
	}
	fills, err := c.Model().FillMask("Here a fine film It was <mask>, really", c.Model().Config.VocabSize)
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]float64{}
	for _, f := range fills[0] {
		for label, words := range map[string][]string{"a|in": {"Ġa", "Ġin"}, "the|of": {"Ġthe", "Ġof"}} {
			if slices.Contains(words, f.Token) {
				sum[label] += f.Probability
			}
		}
	}
	want := math.Log(sum["the|of"]) - math.Log(sum["a|in"])
	if got := float64(a[0].Logits[1] - a[0].Logits[0]); math.Abs(got-want) > 2e-5 {
		t.Errorf("the logits differ by %v, the probabilities by %v", got, want)
	}
	if _, err := c.ReadPairs([][2]string{{"a", "b"}}, nil, nil); err == nil || !strings.Contains(err.Error(), "{text} It was") {
		t.Errorf("a pair in a template for one text: %v", err)
	}
}

// A random prompt is the one that other steps draw from the same seed, and can be tuned later.
func TestRandomPrompt(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt random --prompt_size 4 --random_seed 5")
	desc, names := tunedPart(t, "run")
	if !slices.Equal(names, []string{"prompt"}) || desc.Seed != 5 || desc.PromptSize != 4 {
		t.Errorf("tensors %v, %+v", names, desc)
	}
	must(t, "probe --resume_from run -p")
	must(t, "probe --save_to fresh --backbone tiny --data_path data --prompt_size 4 --random_seed 5")
	for _, f := range []string{"train_avg", "dev_perf", "test_perf"} {
		same(t, "run/sst2/"+f+".npy", "fresh/sst2/"+f+".npy")
	}
	r := must(t, "train --resume_from run -p --epoch 1 --bz 16 --save_to tuned")
	has(t, "the table", r.stdout, "3 steps")
	// A prompt drawn where a run stood before leaves nothing of it that could be gone on from.
	must(t, "train --save_to tuned --backbone tiny --data_path data --prompt random --prompt_size 4")
	if _, err := os.Stat("tuned/last-checkpoint.safetensors"); !os.IsNotExist(err) {
		t.Errorf("an older run's checkpoint: %v", err)
	}
}

// Biases, adapters and whole models train within a template and are read at its <mask>, in every later step.
func TestTemplateTrains(t *testing.T) {
	workplace(t)
	for dir, flags := range map[string]string{
		"bias": "--model_type RobertaBias --lr 1e-2", "adapter": "--model_type RobertaAdapter --lr 1e-2", "everything": "--prompt_size 0 --lr 1e-3",
	} {
		t.Run(dir, func(t *testing.T) {
			args := append(strings.Fields("--backbone tiny --data_path data --epoch 12 --bz 16 --dropout 0 --verb a|in,the|of --eval_every_step 12 --json --quiet "+flags), "--template", template, "--save_to", dir)
			r := runWords(t, "train", args...)
			if r.status != 0 {
				t.Fatal(r.stderr)
			}
			var out tasks.TrainResult
			if err := json.Unmarshal([]byte(r.stdout), &out); err != nil {
				t.Fatal(err)
			}
			first, last := out.History[0].Loss, out.History[len(out.History)-1].Loss
			if out.Steps != 36 || !(last < first) || out.Template != template {
				t.Errorf("loss %v → %v in %d steps, template %q", first, last, out.Steps, out.Template)
			}
			desc, names := tunedPart(t, dir)
			if desc.Template != template || len(names) == 0 {
				t.Errorf("%d tensors, template %q", len(names), desc.Template)
			}
			must(t, "probe --resume_from "+dir+" -p --probe_type acc")
			must(t, "skillneuron --save_to "+dir+" -a "+dir+"/sst2/dev_perf")
			must(t, "mask --info_path "+dir+"/info/sst2/0.2 --resume_from "+dir+" -p --type zero")
			must(t, "train --resume_from "+dir+" -p --epoch 1")
		})
	}
}

// A pair task within a template, with the usual one where none is given.
func TestPairTemplate(t *testing.T) {
	workplace(t)
	var b strings.Builder
	b.WriteString("premise\thypothesis\tlabel\n")
	for i := range 12 {
		b.WriteString("it is wet\tit rains" + strings.Repeat(" and rains", 30*(i%2)) + "\t" + []string{"0", "1", "2"}[i%3] + "\n")
	}
	for _, s := range []string{"train", "dev", "test"} {
		write(t, "pairs/"+s+".tsv", b.String())
	}
	r := must(t, "train --task_type mnli --data_path pairs --save_to run --backbone tiny --prompt template --verb a,the,of")
	has(t, "the table", r.stdout, "{text_a} <mask>, {text_b}")
	c, err := tasks.LoadClassifier("run", tasks.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ReadPairs([][2]string{{"it is wet", "it rains"}}, []tasks.Neuron{{Row: 1}}, nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Read([]string{"it is wet"}, nil, nil); err == nil {
		t.Error("one text in a template for two")
	}
}

// Wrong calls.
func TestTemplateErrors(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16")
	fresh := strings.Fields("--save_to out --backbone tiny --data_path data --quiet")
	for _, tc := range []struct {
		args []string
		says []string
	}{
		{[]string{"--template", "It was <mask>."}, []string{"no place for the text", "{text}"}},
		{[]string{"--template", "{text_a} <mask> {text_b}"}, []string{"sst2 has one", "{text}"}},
		{[]string{"--template", template, "--prompt_size", "4"}, []string{"size 4", "--template", "RobertaTemplate"}},
		{[]string{"--template", template, "--model_type", "RobertaPrompt"}, []string{"size 16", "--template"}},
		{[]string{"--template", strings.Repeat("very ", 40) + template}, []string{"nothing is left for the text"}},
		{[]string{"--prompt", "template", "--model_type", "RobertaBias"}, []string{"--prompt template", "RobertaBias"}},
		{[]string{"--prompt", "template", "--prompt_size", "4"}, []string{"--prompt_size"}},
		{[]string{"--prompt", "random", "--template", template}, []string{"--prompt random"}},
		{[]string{"--prompt", "random", "--prompt_size", "0"}, []string{"random prompt", "size 0"}},
		{[]string{"--prompt", "random", "--model_type", "RobertaBias"}, []string{"random prompt", "RobertaBias"}},
		{[]string{"--prompt", "random", "--resume_from", "run", "-p"}, []string{"run", "-p"}},
		{[]string{"--template", template, "--resume_from", "run", "-p"}, []string{"size 4", "--template"}},
	} {
		r := runWords(t, "train", append(slices.Clone(fresh), tc.args...)...)
		lines := slices.DeleteFunc(strings.SplitAfter(r.stderr, "\n"), func(l string) bool { return l == "" || strings.HasPrefix(l, "warning: ") })
		if r.status != 2 || r.stdout != "" || len(lines) != 1 {
			t.Errorf("%q: exit status %d\n%s%s", tc.args, r.status, r.stderr, r.stdout)
		}
		has(t, "the message", r.stderr, tc.says...)
	}
	if _, err := os.Stat("out"); !os.IsNotExist(err) {
		t.Errorf("a wrong call left something: %v", err)
	}
}
