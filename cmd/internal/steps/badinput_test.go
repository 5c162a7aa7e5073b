package steps

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// Each kind of bad input has one line on stderr that says what, where and what to do; exit status 2 for a wrong call, 1 for a failed run; and
// leaves nothing behind.
func TestBadInput(t *testing.T) {
	workplace(t)
	must(t, "train --save_to run --backbone tiny --data_path data --prompt_size 4 --epoch 1 --bz 16 --lr 1e-2")
	must(t, "train --save_to bias --backbone tiny --data_path data --model_type RobertaBias --epoch 1 --bz 16")
	must(t, "probe --resume_from run -p")
	must(t, "skillneuron --save_to run -a run/sst2/dev_perf")
	badBackbones(t)
	badData(t)
	badArrays(t)
	write(t, "file", "in the way\n")

	train := "train --save_to out --backbone tiny --data_path data --epoch 1 "
	mask := "mask --resume_from run -p --save_to out "
	prune := "prune --resume_from run --save_to out "
	for _, tc := range []struct {
		name, line string
		status     int
		says       []string
	}{
		// Backbones.
		{"no weights", strings.Replace(train, "tiny", "no-weights", 1), 1, []string{`"no-weights"`, "model.safetensors"}},
		{"truncated weights", strings.Replace(train, "tiny", "cut", 1), 1, []string{"cut: model.safetensors", "roberta.encoder.layer.2.output.dense.weight", "truncated?", "again"}},
		{"weights cut in their header", strings.Replace(train, "tiny", "cut-header", 1), 1, []string{"cut-header: model.safetensors", "header"}},
		{"empty weights", strings.Replace(train, "tiny", "empty-weights", 1), 1, []string{"empty-weights: model.safetensors"}},
		{"header lies about offsets", strings.Replace(train, "tiny", "liar", 1), 1, []string{"liar: model.safetensors", "lm_head.decoder.bias", "belong to no tensor"}},
		{"tensor missing", strings.Replace(train, "tiny", "lacking", 1), 1, []string{"lacking: model.safetensors", "roberta.encoder.layer.1.output.dense.weight"}},
		{"tensor of wrong shape", strings.Replace(train, "tiny", "bent", 1), 1,
			[]string{"bent: model.safetensors", "roberta.encoder.layer.1.output.dense.weight", "[36 50]", "[36 52]"}},
		{"config without a field", strings.Replace(train, "tiny", "no-field", 1), 1, []string{"no-field", "config.json", "hidden_size"}},
		{"config of another model", strings.Replace(train, "tiny", "bert", 1), 1, []string{"bert", "config.json", "model_type"}},
		{"config is no JSON", strings.Replace(train, "tiny", "no-json", 1), 1, []string{"no-json", "config.json"}},
		{"no such directory", strings.Replace(train, "tiny", "./none", 1), 1, []string{"./none", "--backbone mini", "--backbone DIR"}},
		{"hub model that is not there", strings.Replace(train, "tiny", "nobody/nothing", 1), 1, []string{"nobody/nothing", "--backbone mini", "--backbone DIR"}},

		// Arrays.
		{"mask of another model", mask + "--info_path narrow", 1, []string{"narrow", "50", "52"}},
		{"mask with another number of layers", mask + "--info_path short", 1, []string{"short", "2 layers", "the model 3"}},
		{"mask of three dimensions", mask + "--info_path run/sst2/dev_perf", 1, []string{"run/sst2/dev_perf.npy", "<f4", "|b1"}},
		{"mask that is missing", mask + "--info_path run/info/sst2/0.21", 1, []string{"run/info/sst2/0.21"}},
		{"mask cut short", mask + "--info_path stump", 1, []string{"stump.npy", "bytes"}},
		{"no mask", mask, 2, []string{"--info_path"}},
		{"threshold of another model", mask + "--info_path run/info/sst2/0.1 --type mean --ths_path flat", 1, []string{"flat", "shape [52]", "[layers, width]"}},
		{"threshold of wrong width", prune + "--info_path run/info/sst2/0.1 --ths_path wide", 1, []string{"wide", "53", "52"}},
		{"threshold missing", mask + "--info_path run/info/sst2/0.1 --type mean", 2, []string{"--ths_path", "train_avg"}},
		{"threshold with a NaN", prune + "--info_path run/info/sst2/0.1 --ths_path nan", 1, []string{"nan ", "NaN", "layer 1", "neuron 7"}},
		{"layers out of range", mask + "--info_path run/info/sst2/0.1 --high_layer 4", 2, []string{"--high_layer 4", "3 layers"}},
		{"no layers", mask + "--info_path run/info/sst2/0.1 --low_layer 2 --high_layer 2", 2, []string{"--low_layer 2"}},
		{"averages ranked", "skillneuron --save_to out -a run/sst2/train_avg", 1, []string{"run/sst2/train_avg ", "between 0 and 1"}},
		{"trials of two models", "skillneuron --save_to out -a run/sst2/dev_perf,wide-perf", 1, []string{"wide-perf", "run/sst2/dev_perf", "52"}},
		{"nothing to rank", "skillneuron --save_to out", 2, []string{"-a"}},

		// Data.
		{"label out of range", strings.Replace(train, "data ", "label-range ", 1), 1, []string{"label-range/train.tsv", "row 3", "2"}},
		{"label that is none", strings.Replace(train, "data ", "label-word ", 1), 1, []string{"label-word/dev.tsv", "row 2", "good"}},
		{"empty split", strings.Replace(train, "data ", "empty-split ", 1), 1, []string{"empty-split", "dev"}},
		{"one class only", strings.Replace(train, "data ", "one-class ", 1), 1, []string{"one-class", "test", "label 1"}},
		{"no files", strings.Replace(train, "data ", "no-files ", 1), 1, []string{"no-files", "train, dev or test", ".tsv"}},
		{"no data", "train --save_to out --backbone tiny", 2, []string{"--data_path"}},
		{"no such data", strings.Replace(train, "data ", "nowhere ", 1), 1, []string{"nowhere", "no such directory"}},
		{"wrong number of columns", strings.Replace(train, "data ", "columns ", 1), 1, []string{"columns/train.tsv", "row 2"}},
		{"unknown task", train + "--task_type sst-3", 2, []string{"sst-3", "did you mean", "sst2"}},
		{"unknown task, nothing near", train + "--task_type zzzzzz", 2, []string{"zzzzzz", "ag_news", "custom"}},
		{"words for another number of labels", train + "--verb bad,fair,good", 2, []string{"words of 3 labels", "2 labels"}},
		{"rows below one", train + "--train_rows 0", 2, []string{"--train_rows"}},

		// Steps that do not fit.
		{"acc without a prompt", "probe --resume_from bias -p --probe_type acc", 2, []string{"RobertaBias", "acc_mean", "acc_max"}},
		{"pos without a prompt", "probe --resume_from bias -p --probe_type pos --pos 0,0", 2, []string{"RobertaBias", "prompt"}},
		{"multi-label task probed", "probe --resume_from run --task_type tweet_eval --data_path three --save_to out", 2, []string{"tweet_eval", "3 labels", "binarize"}},
		{"custom multi-label task probed", "probe --resume_from run --task_type custom --data_path three --save_to out", 2, []string{"custom", "3 labels", "binarize"}},
		{"neuron out of range", "probe --resume_from run -p --probe_type pos --pos 1,52", 2, []string{"--pos 1,52", "0 to 51"}},
		{"pos without a neuron", "probe --resume_from run -p --probe_type pos", 2, []string{"--pos LAYER,INDEX"}},
		{"pos that is none", "probe --resume_from run -p --probe_type pos --pos 1", 2, []string{"--pos", `"1"`}},
		{"mask without thresholds while probing", "probe --resume_from run -p --add_mask run/info/sst2/0.1", 2, []string{"--ths_path"}},
		{"prompt of one row", train + "--prompt_size 1", 2, []string{"--prompt_size 1", "0 (no prompt)"}},
		{"prompt longer than the model", train + "--prompt_size 80", 1, []string{"80", "64"}},
		{"another prompt size than the resumed", "probe --resume_from run -p --prompt_size 8", 2, []string{"--prompt_size 8", "size 4"}},
		{"another method than the resumed", "probe --resume_from run -p --model_type RobertaBias", 2, []string{"RobertaBias", "RobertaPrompt"}},
		{"pruned prompt without a pruned model", train + "--model_type RobertaPrunePrompt", 2, []string{"prune", "--resume_from"}},
		{"bias model pruned", strings.Replace(prune, "run ", "bias ", 1) + "--info_path run/info/sst2/0.1 --ths_path run/sst2/train_avg", 2, []string{"RobertaBias", "RobertaPrompt"}},
		{"keep beyond all", prune + "--info_path run/info/sst2/0.1 --ths_path run/sst2/train_avg --keep 1.5", 2, []string{"--keep 1.5"}},
		{"unknown method", train + "--model_type RobertaPromt", 2, []string{"RobertaPromt", "did you mean RobertaPrompt?"}},
		{"unknown device", train + "--device gpu", 2, []string{"gpu", "cuda:N"}},
		{"device that is not there", train + "--device cuda:99", 1, []string{"cuda:99", "cpu"}},
		{"nothing to resume", "probe -p --data_path data --save_to out", 2, []string{"--resume_from DIR"}},
		{"resumed directory is missing", "probe -p --resume_from gone --data_path data", 1, []string{"gone", "best-backbone.safetensors"}},
		{"resumed directory is empty", "probe -p --resume_from data --data_path data", 1, []string{"data", "best-backbone.safetensors"}},
		{"resumed file is a backbone", "probe -p --resume_from tiny/model.safetensors --data_path data", 1, []string{"tiny/model.safetensors", "no tuned part"}},
		{"tuned part without its tensor", "probe -p --resume_from hollow --data_path data", 1, []string{"hollow/best-backbone.safetensors", "prompt"}},
		{"negative learning rate", train + "--lr -1", 2, []string{"--lr -1"}},
		{"learning rate of zero", train + "--lr 0", 2, []string{"--lr 0"}},
		{"no epochs", train + "--epoch 0", 2, []string{"--epoch 0"}},
		{"dropout of one", train + "--dropout 1", 2, []string{"--dropout 1"}},
		{"nowhere to save", "train --backbone tiny --data_path data", 2, []string{"--save_to"}},
		{"two labels binarized", "binarize --task_type sst2 --data_path data --save_to out", 2, []string{"two labels already"}},
		{"binarize without a task", "binarize --data_path three --save_to out", 2, []string{"--task_type"}},
		{"binarize without an output", "binarize --task_type tweet_eval --data_path three", 2, []string{"--save_to"}},
		{"structure of more layers", "getprunestructure --high_layer 13 --save_to out", 2, []string{"--high_layer 13", "12 layers"}},

		// Saving.
		{"save below a file", strings.Replace(train, "out", "file/out", 1), 1, []string{"--save_to file/out"}},
		{"save where nobody can", strings.Replace(train, "out", "/proc/out", 1), 1, []string{"--save_to /proc/out"}},
		{"probe below a file", "probe -p --resume_from run --save_to file", 1, []string{"--save_to file"}},
		{"masks below a file", "skillneuron --save_to file -a run/sst2/dev_perf", 1, []string{"--save_to file"}},
		{"structure below a file", "getprunestructure --save_to file", 1, []string{"file"}},
		{"binarize below a file", "binarize --task_type tweet_eval --data_path three --save_to file", 1, []string{"file"}},
	} {
		t.Run(strings.ReplaceAll(tc.name, " ", "_"), func(t *testing.T) {
			r := run(t, tc.line+" --quiet")
			if r.status != tc.status {
				t.Errorf("%s\nexit status %d, want %d", tc.line, r.status, tc.status)
			}
			var lines []string
			for _, l := range strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n") {
				if !strings.HasPrefix(l, "warning: ") {
					lines = append(lines, l)
				}
			}
			if len(lines) != 1 || r.stdout != "" || strings.Contains(r.stderr, "internal error") {
				t.Errorf("%s\nstderr is not one line, or stdout not empty:\n%s%s", tc.line, r.stderr, r.stdout)
			}
			has(t, "the message", lines[len(lines)-1], tc.says...)
			for _, f := range outFiles("out") {
				if f != "log.txt" {
					t.Errorf("%s left %s", tc.line, f)
				}
			}
			os.RemoveAll("out")
		})
	}
}

func outFiles(dir string) (names []string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, filepath.Base(path))
		}
		return nil
	})
	return names
}

// badBackbones makes copies of tiny, each with one defect.
func badBackbones(t *testing.T) {
	weights := read(t, "tiny/model.safetensors")
	size := binary.LittleEndian.Uint64(weights)
	header := map[string]map[string]any{}
	if err := json.Unmarshal(weights[8:8+size], &header); err != nil {
		t.Fatal(err)
	}
	relaid := func(change func(h map[string]map[string]any)) []byte {
		h := map[string]map[string]any{}
		if err := json.Unmarshal(weights[8:8+size], &h); err != nil {
			t.Fatal(err)
		}
		change(h)
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		out := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
		return append(append(out, text...), weights[8+size:]...)
	}
	for dir, content := range map[string][]byte{
		"no-weights": nil, "cut": weights[:len(weights)-100], "cut-header": weights[:size/2], "empty-weights": {},
		"liar": relaid(func(h map[string]map[string]any) {
			h["lm_head.bias"]["data_offsets"] = []int{len(weights), len(weights) + 1600}
		}),
		"lacking": without(t, "roberta.encoder.layer.1.output.dense.weight", nil),
		"bent":    without(t, "roberta.encoder.layer.1.output.dense.weight", []int{36, 50}),
	} {
		copyTiny(t, dir)
		path := filepath.Join(dir, "model.safetensors")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if content != nil {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	config := read(t, "tiny/config.json")
	for dir, content := range map[string][]byte{
		"no-field": bytes.Replace(config, []byte(`"hidden_size": 36,`), nil, 1),
		"bert":     bytes.Replace(config, []byte(`"model_type": "roberta"`), []byte(`"model_type": "bert"`), 1),
		"no-json":  config[:40],
	} {
		copyTiny(t, dir)
		path := filepath.Join(dir, "config.json")
		if bytes.Equal(content, config) {
			t.Fatalf("%s is tiny's own configuration", dir)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A tuned part whose metadata are whole and whose tensor has another name.
	f, err := safetensors.Open("run/best-backbone.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Mkdir("hollow", 0o755); err != nil {
		t.Fatal(err)
	}
	other := []safetensors.Tensor{{Name: "prmpt", Shape: []int{1}, Data: []float32{1}}}
	if err := safetensors.Write("hollow/best-backbone.safetensors", other, f.Metadata()); err != nil {
		t.Fatal(err)
	}
}

// without is tiny's weights without a tensor, or with zeros of another shape in its place.
func without(t *testing.T, name string, shape []int) []byte {
	t.Helper()
	f, err := safetensors.Open("tiny/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var tensors []safetensors.Tensor
	for _, n := range f.Names() {
		info, _ := f.Info(n)
		if n == name {
			if shape != nil {
				size := 1
				for _, d := range shape {
					size *= d
				}
				tensors = append(tensors, safetensors.Tensor{Name: n, Shape: shape, Data: make([]float32, size)})
			}
			continue
		}
		x, err := f.Float32s(n)
		if err != nil {
			t.Fatal(err)
		}
		tensors = append(tensors, safetensors.Tensor{Name: n, Shape: info.Shape, Data: x})
	}
	path := filepath.Join(t.TempDir(), "w")
	if err := safetensors.Write(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

// badData makes data sets with one defect each, and one of three labels.
func badData(t *testing.T) {
	good := "a fine film\t1\na dull film\t0\nfine\t1\ndull\t0\n"
	for dir, files := range map[string][3]string{
		"label-range": {"a\t1\nb\t0\nc\t2\n", good, good},
		"label-word":  {good, "a\t1\nb\tgood\n", good},
		"empty-split": {good, "", good},
		"one-class":   {good, good, "a\t1\nb\t1\n"},
		"columns":     {"a\t1\nb\n", good, good},
		"three":       {threeLabels(12), threeLabels(12), threeLabels(12)},
	} {
		for i, name := range []string{"train", "dev", "test"} {
			write(t, filepath.Join(dir, name+".tsv"), files[i])
		}
	}
	write(t, "no-files/data.parquet", "PAR1")
}

func threeLabels(n int) string {
	words := []string{"dreadful dull", "it is a film", "wonderful fine"}
	var b strings.Builder
	for i := range n {
		b.WriteString(words[i%3] + strings.Repeat(" indeed", i/3%5) + "\t" + string(rune('0'+i%3)) + "\n")
	}
	return b.String()
}

// badArrays makes arrays that fit no model here.
func badArrays(t *testing.T) {
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(npy.Write("narrow.npy", []int{3, 50}, make([]bool, 150)))
	ok(npy.Write("short.npy", []int{2, 52}, make([]bool, 104)))
	ok(npy.Write("flat.npy", []int{52}, make([]float32, 52)))
	ok(npy.Write("wide.npy", []int{3, 53}, make([]float32, 159)))
	ok(npy.Write("wide-perf.npy", []int{3, 4, 53}, make([]float32, 3*4*53)))
	mask := read(t, "run/info/sst2/0.1.npy")
	write(t, "stump.npy", string(mask[:len(mask)-20]))
	x := make([]float32, 156)
	x[52+7] -= x[52+7] // 0, then NaN by division
	x[52+7] /= x[52+7]
	ok(npy.Write("nan.npy", []int{3, 52}, x))
}
