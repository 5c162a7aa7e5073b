package interchange_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/interchange"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// run converts; it fails the test on an error.
func run(t *testing.T, cfg interchange.Config) *interchange.Result {
	t.Helper()
	r, err := interchange.Convert(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tinyDir is the tiny backbone as a directory.
func tinyDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny")
	if err := os.CopyFS(dir, golden.Tiny()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func floats(t *testing.T, path string, shape ...int) []float32 {
	t.Helper()
	got, x, err := npy.Read[float32](path)
	if err != nil || !slices.Equal(got, shape) {
		t.Fatalf("%s: shape %v, %v; want %v", path, got, err, shape)
	}
	return x
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(b)), "")
}

// A run of the original, as torch.save left it, becomes one of this project: every file under the name, of the type and with the numbers that the
// steps read.
func TestOriginalRun(t *testing.T) {
	tiny, out := tinyDir(t), filepath.Join(t.TempDir(), "ours")
	r := run(t, interchange.Config{From: "testdata/original", To: out, As: "ours", Backbone: tiny, Words: []string{"bad", "good"}})
	var got []string
	for _, f := range r.Files {
		rel, _ := filepath.Rel(out, f.Path)
		got = append(got, filepath.ToSlash(rel))
	}
	slices.Sort(got)
	want := []string{"best-backbone.safetensors", "info/sst2/0.2.npy", "mask_perf.json", "sst2/dev_mean_perf.npy", "sst2/dev_perf.npy",
		"sst2/inference_perf.json", "sst2/inference_time.json", "sst2/pos_dev/1,7.npy", "sst2/train_avg.npy"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "optimizer and scheduler are left out") || !strings.Contains(notes, "sst2 is recorded") {
		t.Errorf("notes: %s", notes)
	}

	avg := floats(t, filepath.Join(out, "sst2/train_avg.npy"), 3, 4, 52)
	if i := 2*4*52 + 3*52 + 5; avg[i] != float32(float64(i%11)/10-0.3) {
		t.Errorf("train_avg[2, 3, 5] is %v", avg[i])
	}
	if perf := floats(t, filepath.Join(out, "sst2/dev_perf.npy"), 3, 4, 52); perf[60] != float32(0.5+float64(60%13-6)/100) {
		t.Errorf("dev_perf[0, 1, 8] is %v", perf[60])
	}
	if mean := floats(t, filepath.Join(out, "sst2/dev_mean_perf.npy"), 3, 52); mean[53] != 53./156 {
		t.Errorf("dev_mean_perf[1, 1] is %v", mean[53])
	}
	if pos := floats(t, filepath.Join(out, "sst2/pos_dev/1,7.npy"), 6, 4); pos[9] != 9./8 {
		t.Errorf("pos_dev/1,7 holds %v", pos)
	}
	mask, err := tasks.ReadMask(filepath.Join(out, "info/sst2/0.2"))
	if err != nil || mask.L != 3 || mask.F != 52 || !mask.Bits[55] || mask.Bits[56] {
		t.Errorf("%+v, %v", mask, err)
	}
	for name, want := range map[string]string{
		"mask_perf.json": `{"score":0.875,"acc":0.875}`, "sst2/inference_perf.json": `[0.5,0.5,0.75]`, "sst2/inference_time.json": `[1.5,1.25,1]`,
	} {
		if got := text(t, filepath.Join(out, name)); got != want {
			t.Errorf("%s holds %s, want %s", name, got, want)
		}
	}

	be, err := kernels.Open("cpu", kernels.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, desc, err := roberta.LoadTuned(be, out, "", roberta.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if desc.PromptSize != 4 || desc.Method != roberta.Prompt || desc.Backbone != tiny || cmp.Diff(desc.IDs, roberta.ByClass[int32]{{57}, {91}}) != "" ||
		cmp.Diff(desc.Words, roberta.ByClass[string]{{"bad"}, {"good"}}) != "" {
		t.Errorf("%+v", desc)
	}
	p, ok := m.Param("prompt")
	if x := p.Floats(be); !ok || x[37] != float32(37%7-3)/30 {
		t.Errorf("the prompt's second row begins with %v", x[36:38])
	}
	if _, err := tasks.Rank(tasks.RankConfig{Paths: []string{filepath.Join(out, "sst2/dev_perf")}, SaveTo: out}); err != nil {
		t.Errorf("the next step does not read it: %v", err)
	}
}

// And back: what the original's code takes out of its files is what it had put in.
func TestTheirRun(t *testing.T) {
	tiny, ours, theirs := tinyDir(t), filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
	run(t, interchange.Config{From: "testdata/original", To: ours, As: "ours", Backbone: tiny, Task: "sst2"})
	run(t, interchange.Config{From: ours, To: theirs, As: "torch"})
	err := filepath.WalkDir("testdata/original", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains([]string{"log", "optimizer", "scheduler"}, d.Name()) {
			return err
		}
		rel, _ := filepath.Rel("testdata/original", path)
		a, b := contents(t, path), contents(t, filepath.Join(theirs, rel))
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: theirs -, ours and back +\n%s", rel, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// contents are a file's values as JSON would have them, tensors by shape and numbers in float32.
func contents(t *testing.T, path string) any {
	t.Helper()
	f, err := torchfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return flat(t, f.Value)
}

func flat(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case *torchfile.Tensor:
		if v.DType == torchfile.Bool {
			x, err := v.Data()
			if err != nil {
				t.Fatal(err)
			}
			return []any{v.Shape, x}
		}
		x, err := v.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		return []any{v.Shape, x}
	case *torchfile.List:
		var out []any
		for _, x := range v.Items {
			out = append(out, flat(t, x))
		}
		return out
	case *torchfile.Dict:
		out := map[string]any{}
		for i := range v.Len() {
			k, x := v.At(i)
			out[k.(string)] = flat(t, x)
		}
		return out
	case int64:
		return float64(v)
	}
	return v
}

// prunedRun is a pruned model of the tiny backbone in DIR/prune.
func prunedRun(t *testing.T, tiny string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	run(t, interchange.Config{From: "testdata/original", To: dir, As: "ours", Backbone: tiny, Task: "sst2"})
	_, err := tasks.Prune(t.Context(), tasks.PruneConfig{Common: tasks.Common{ResumeFrom: dir, SaveTo: filepath.Join(dir, "prune")},
		Mask: filepath.Join(dir, "info/sst2/0.2"), Thresholds: filepath.Join(dir, "sst2/train_avg"), Low: tasks.Ptr(1)})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "prune")
}

func answers(t *testing.T, dir string) []tasks.Answer {
	t.Helper()
	c, err := tasks.LoadClassifier(dir, tasks.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Classify("a fine film", "no", "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A pruned model goes to the original's format and back with the same answers, bit for bit; a row 0 that the original drew anew comes along.
func TestPrunedRoundTrip(t *testing.T) {
	tiny := tinyDir(t)
	dir := prunedRun(t, tiny)
	file, back := filepath.Join(t.TempDir(), "best-backbone"), filepath.Join(t.TempDir(), "back")
	run(t, interchange.Config{From: filepath.Join(dir, roberta.TunedFile), To: file, As: "torch"})
	r := run(t, interchange.Config{From: file, To: filepath.Join(back, "best-backbone"), As: "ours", Backbone: tiny, Task: "sst2"})
	if diff := cmp.Diff(answers(t, dir), answers(t, back)); diff != "" {
		t.Error(diff)
	}
	desc, err := roberta.ReadTuned(back)
	if err != nil || desc.Method != roberta.PrunePrompt || desc.Pruned.Widths[0] != 52 || desc.Pruned.Widths[1] >= 52 {
		t.Errorf("%+v, %v", desc, err)
	}
	if notes := strings.Join(r.Notes, "\n"); strings.Contains(notes, "row 0") {
		t.Errorf("row 0 is <mask>'s, and yet: %s", notes)
	}

	f, err := torchfile.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	row := make([]float32, 36)
	for i := range row {
		row[i] = float32(i%5) / 10
	}
	drawn, err := torchfile.New([]int{1, 1, 36}, row)
	if err == nil {
		err = f.Value.(*torchfile.Dict).Set("mask", drawn)
	}
	if err == nil {
		err = torchfile.Write(file+"-2", f.Value)
	}
	if err != nil {
		t.Fatal(err)
	}
	back2 := filepath.Join(t.TempDir(), "back2")
	r = run(t, interchange.Config{From: file + "-2", To: filepath.Join(back2, "best-backbone"), As: "ours", Backbone: tiny, Task: "sst2"})
	if !strings.Contains(strings.Join(r.Notes, "\n"), "row 0 is not <mask>'s embedding") {
		t.Errorf("notes: %q", r.Notes)
	}
	if cmp.Equal(answers(t, dir), answers(t, back2)) {
		t.Error("the drawn row 0 changes nothing")
	}
	w, err := safetensors.Open(filepath.Join(back2, roberta.TunedFile))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	words, err := w.Float32s("backbone.roberta.embeddings.word_embeddings.weight", 400, 36)
	if err != nil || !slices.Contains(slices.Collect(rows(words, 36)), string(mustJSON(t, row))) {
		t.Errorf("the drawn row is not among the embeddings: %v", err)
	}
}

func rows(x []float32, h int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for ; len(x) > 0; x = x[h:] {
			b, _ := json.Marshal(x[:h])
			if !yield(string(b)) {
				return
			}
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Weights go both ways with their names, shapes and bits; a model's directory becomes one that loads.
func TestWeights(t *testing.T) {
	tiny, dir := tinyDir(t), t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, interchange.Config{From: filepath.Join(tiny, "model.safetensors"), To: filepath.Join(bin, "pytorch_model.bin"), As: "torch"})
	for _, name := range []string{"config.json", "vocab.json", "merges.txt"} {
		b, err := os.ReadFile(filepath.Join(tiny, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(bin, name), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, cfg := range []interchange.Config{
		{From: bin, To: filepath.Join(dir, "again"), As: "ours"},
		{From: filepath.Join(bin, "pytorch_model.bin"), To: filepath.Join(dir, "again", "model.safetensors"), As: "ours"},
	} {
		run(t, cfg)
		a, err := os.ReadFile(filepath.Join(tiny, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "again", "model.safetensors"))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s: %d and %d bytes, %v", cfg.From, len(a), len(b), err)
		}
	}
	src, err := roberta.OpenSource(filepath.Join(dir, "again"), roberta.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	be, err := kernels.Open("cpu", kernels.Options{Threads: 1})
	if err == nil {
		_, err = roberta.Load(be, src, 1)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	tiny, dir := tinyDir(t), t.TempDir()
	put := func(name string, v any) string {
		path := filepath.Join(dir, name)
		if err := torchfile.Write(path, v); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dict := func(kv ...any) *torchfile.Dict {
		d := &torchfile.Dict{}
		for i := 0; i < len(kv); i += 2 {
			if err := d.Set(kv[i], kv[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	tensor := func(shape ...int) *torchfile.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		x, err := torchfile.New(shape, make([]float32, n))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	ids := func(x ...any) *torchfile.List { return &torchfile.List{Items: x} }
	evil := filepath.Join(dir, "evil")
	if err := os.WriteFile(evil, []byte("\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R."), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		from, as string
		words    []string
		says     []string
	}{
		{from: evil, says: []string{"evil", `"posix.system"`, "nothing of it was run"}},
		{from: filepath.Join(dir, "nowhere"), says: []string{"nowhere", "no such file"}},
		{from: put("wide", dict("prompt", tensor(1, 3, 768), "pos", ids(int64(1), int64(2)))), says: []string{"wide", "[1 3 768]", "36", "--backbone"}},
		{from: put("words", dict("prompt", tensor(1, 3, 36), "pos", ids(int64(1), int64(2)))), words: []string{"one"}, says: []string{"words of 1 label,", "2 token ids"}},
		{from: put("several", dict("prompt", tensor(1, 3, 36), "pos", ids(int64(1), int64(2)))), words: []string{"a|b", "c"}, says: []string{"label 0 the words a, b", "one token", "one word a label"}},
		{from: put("id", dict("prompt", tensor(1, 3, 36), "pos", ids(int64(1), int64(50000)))), says: []string{"50000", "vocabulary of 400"}},
		{from: put("pos", dict("prompt", tensor(1, 3, 36), "pos", ids("a"))), says: []string{`pos holds "a"`}},
		{from: put("foreign", dict("prompt", tensor(1, 3, 36), "pos", ids(int64(1)), "backbone.x", tensor(1))), says: []string{"no backbone.roberta.encoder.layer.0"}},
		{from: put("mixed", dict("a", tensor(2), "b", int64(1))), says: []string{"mixed", "tensor among other values"}},
		{from: put("nan", ids(float64(0)/zero)), says: []string{"NaN"}},
		{from: filepath.Join(tiny, "config.json"), says: []string{"config.json", "no file of torch.save's"}},
		{from: tiny, says: []string{"nothing in it is of PyTorch's format"}},
		{from: t.TempDir(), says: []string{"nothing that torch.save wrote"}},
		{from: filepath.Join(tiny, "merges.txt"), as: "torch", says: []string{"merges.txt", ".npy, .safetensors or .json"}},
		{from: t.TempDir(), as: "torch", says: []string{"no file of this project"}},
		{from: evil, as: "nonsense", says: []string{`--as "nonsense"`, "torch", "ours"}},
	} {
		as := tc.as
		if as == "" {
			as = "ours"
		}
		to := filepath.Join(dir, "to")
		_, err := interchange.Convert(t.Context(), interchange.Config{From: tc.from, To: to, As: as, Backbone: tiny, Words: tc.words})
		if err == nil {
			t.Errorf("%s as %s: no error", tc.from, as)
			continue
		}
		for _, s := range tc.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s as %s: %q does not say %q", tc.from, as, err, s)
			}
		}
		if left, _ := filepath.Glob(to + "*"); left != nil {
			t.Errorf("%s as %s failed and left %v", tc.from, as, left)
		}
	}
}

var zero float64
