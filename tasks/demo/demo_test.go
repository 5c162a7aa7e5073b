package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/demo"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// tiny is a demo of seconds on a random backbone of three layers.
func tiny(dir string) demo.Config {
	return demo.Config{
		Dir: dir, DataPath: "../../testdata/sst2", Mini: golden.Tiny(), PromptSize: 6,
		Plan: &demo.Plan{
			Name: "tiny", Train: 96, Dev: 40, Test: 50, Epochs: 1, EvalEvery: 2,
			Shares: []int{0, 10, 20}, Curve: 30, Draws: 3, Alpha: 1, Deviation: 20,
			Keep: []int{2, 25}, FurtherKeep: []int{2}, Further: 40, SpeedRuns: 1,
		},
	}
}

// ran is one whole run that several tests look at.
type ran struct {
	dir, out string
	r        *demo.Result
	err      error
}

var once = sync.OnceValue(func() ran {
	dir, err := os.MkdirTemp("", "demo-test")
	if err != nil {
		return ran{err: err}
	}
	var out bytes.Buffer
	cfg := tiny(filepath.Join(dir, "out put")) // a blank in a path is a path
	cfg.Out = &out
	cfg.In = strings.NewReader("what a film\n\nnot read\n")
	r, err := demo.Run(context.Background(), cfg)
	return ran{cfg.Dir, out.String(), r, err}
})

func TestMain(m *testing.M) {
	code := m.Run()
	if r := once; r != nil {
		if got := r(); got.dir != "" {
			os.RemoveAll(filepath.Dir(got.dir))
		}
	}
	os.Exit(code)
}

func whole(t *testing.T) ran {
	t.Helper()
	got := once()
	if got.err != nil {
		t.Fatal(got.err)
	}
	return got
}

func TestFiles(t *testing.T) {
	got := whole(t)
	want := []string{
		"demo.json", "index.html", "run.json", "best-backbone.safetensors", "optimizer.safetensors", "scheduler.json", "last-checkpoint.safetensors",
		"sst2/train_avg.npy", "sst2/dev_perf.npy", "sst2/test_perf.npy", "sst2/train_mean_avg.npy", "sst2/dev_max_perf.npy", "sst2/train_deviation.npy",
		"info/sst2/0.0.npy", "info/sst2/0.05.npy", "info/sst2/0.2.npy", "keep/0.25.npy",
		"perturb-zero/mask_perf.json", "perturb-gaussian/cmp_perf.json",
		"prune-2/best-backbone.safetensors", "prune-2-mean-tuned/best-backbone.safetensors", "prune-25-mean/tokenizer.json",
	}
	for _, name := range []string{"training", "activation", "predictivity", "layers", "perturb-zero", "perturb-gaussian", "pruning"} {
		want = append(want, "figures/"+name+".png")
	}
	for _, name := range want {
		if name == "prune-25-mean/tokenizer.json" {
			name = "prune-25-mean/vocab.json" // the tiny backbone's form
		}
		if st, err := os.Stat(filepath.Join(got.dir, filepath.FromSlash(name))); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFirstLine(t *testing.T) {
	got := whole(t)
	if first, _, _ := strings.Cut(got.out, "\n"); !strings.Contains(first, "not roberta-base") {
		t.Errorf("the first line does not say what the figures are not: %q", first)
	}
}

func TestTyped(t *testing.T) {
	got := whole(t)
	_, typed, ok := strings.Cut(got.out, "Type a sentence")
	if !ok || !strings.Contains(typed, "> what a film\n") {
		t.Errorf("the typed sentence was not answered: %q", typed)
	}
	if strings.Contains(typed, "not read") {
		t.Error("lines behind the empty one were read")
	}
}

// What demo.json holds is what Run returned, and has every part filled.
func TestJSON(t *testing.T) {
	got := whole(t)
	data, err := os.ReadFile(filepath.Join(got.dir, demo.ResultFile))
	if err != nil {
		t.Fatal(err)
	}
	var read demo.Result
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(read)
	b, _ := json.Marshal(got.r)
	if !bytes.Equal(a, b) {
		t.Error("demo.json is not what Run returned")
	}
	switch {
	case len(read.Fills) != 2 || len(read.Fills[0].Words) != 4:
		t.Errorf("fills: %+v", read.Fills)
	case read.Train.Steps != 3 || len(read.Train.History) != 2:
		t.Errorf("train: %d steps, %d evaluations", read.Train.Steps, len(read.Train.History))
	case read.Neurons.Count != 3*52 || len(read.Neurons.Best) != 3 || len(read.Neurons.Top) != 10:
		t.Errorf("neurons: %+v", read.Neurons)
	case len(read.Curves) != 2 || len(read.Curves[0].Points) != 2 || read.Curves[1].Alpha != 1:
		t.Errorf("curves: %+v", read.Curves)
	case read.Curves[0].Points[0].Neurons != 3*5 || len(read.Curves[0].Points[0].P) != 3 || read.Curves[0].Sentences != 30:
		t.Errorf("first point: %+v", read.Curves[0].Points[0])
	case len(read.Pruned) != 4 || read.Pruned[0].Further == nil || read.Pruned[1].Further != nil:
		t.Errorf("pruned: %+v", read.Pruned)
	case read.Pruned[0].Widths[0] != 1 || read.Pruned[1].Widths[2] != 13:
		t.Errorf("widths: %v %v", read.Pruned[0].Widths, read.Pruned[1].Widths)
	case read.Speed.Full == nil || read.Speed.Ratio <= 0:
		t.Errorf("speed: %+v", read.Speed)
	case len(read.Sentences) != 4 || len(read.Sentences[0].Off) != 2:
		t.Errorf("sentences: %+v", read.Sentences)
	case len(read.Stages) != 8 || read.Seconds <= 0:
		t.Errorf("stages: %+v", read.Stages)
	}
	// The test split's majority and the intervals' sizes tell that the right rows were judged.
	if n := read.Train.TestInterval.N; n != 50 {
		t.Errorf("the test score is of %d sentences", n)
	}
	if n := read.Pruned[0].Score.Difference.Difference.N; n != 50 {
		t.Errorf("the pruned score is of %d sentences", n)
	}
}

// The pages' numbers are demo.json's.
func TestPageHasTheNumbers(t *testing.T) {
	got := whole(t)
	data, err := os.ReadFile(filepath.Join(got.dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(string(data))
	has := func(what string, v float64) {
		s := fmt.Sprintf("%.1f %%", 100*v)
		if !strings.Contains(page, s) && !strings.Contains(page, strings.ReplaceAll(s, " ", "\u00a0")) {
			t.Errorf("%s, %s, is not on the page", what, s)
		}
		if !strings.Contains(got.out, s) && !strings.Contains(got.out, strings.ReplaceAll(s, " ", "\u00a0")) {
			t.Errorf("%s, %s, was not printed", what, s)
		}
	}
	printed := strings.Join(strings.Fields(got.out), " ") // paragraphs are wrapped
	r := got.r
	has("test", r.Train.Test)
	has("majority", r.Train.Majority)
	for _, b := range r.Neurons.Best {
		has(b.Measure, b.Test)
	}
	for _, c := range r.Curves {
		for _, p := range c.Points {
			has(c.Kind+" skill", p.Skill.Value)
			has(c.Kind+" random", p.Random.Value)
		}
		if !strings.Contains(page, c.Verdict) || !strings.Contains(printed, c.Verdict) {
			t.Errorf("the verdict %q is missing", c.Verdict)
		}
	}
	for _, p := range r.Pruned {
		has(p.Dir, p.Score.Test.Value)
		if p.Further != nil {
			has(p.Further.Dir, p.Further.Score.Test.Value)
		}
	}
	for _, s := range r.Sentences {
		has(s.Sentence, s.Probability)
	}
	for _, row := range append(r.Summary().Rows, []string{r.Note}) {
		for _, cell := range row {
			if !strings.Contains(page, cell) {
				t.Errorf("the page lacks %q", cell)
			}
		}
	}
}

// The accuracy that Train reports is the one that the saved prompt reaches when it is loaded again.
func TestScoresAgree(t *testing.T) {
	got := whole(t)
	var scores []struct{ Score float64 }
	data, err := os.ReadFile(filepath.Join(got.dir, "perturb-zero", "mask_perf.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &scores); err != nil {
		t.Fatal(err)
	}
	if scores[0].Score != got.r.Curves[0].Baseline.Value || scores[2].Score != got.r.Curves[0].Points[1].Skill.Value {
		t.Errorf("mask_perf.json %v, curve %+v", scores, got.r.Curves[0])
	}
	if a, b := got.r.Speed.Full.Score[0], got.r.Train.Test; a != b {
		t.Errorf("the test split scores %v when timed, %v when tuned", a, b)
	}
}

// The masks that the demo makes itself are those of skillneuron where both exist.
func TestCommandsNameFiles(t *testing.T) {
	got := whole(t)
	lines := got.r.Commands()
	if len(lines) < 5 {
		t.Fatalf("%d commands", len(lines))
	}
	for _, c := range lines {
		if strings.HasPrefix(c.Line, "bin/") && !strings.Contains(c.Line, "'"+got.dir) {
			t.Errorf("a folder with a blank is not quoted: %s", c.Line)
		}
	}
}

func TestTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: a second whole run")
	}
	first := whole(t)
	cfg := tiny(t.TempDir())
	if err := os.WriteFile(filepath.Join(cfg.Dir, demo.ResultFile), []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cfg.Out = &out
	r, err := demo.Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "starts over") {
		t.Error("nothing says that an earlier run is replaced")
	}
	a, b := first.r.Summary().Rows, r.Summary().Rows
	if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
		t.Errorf("the same seed gave\n%s\nthen\n%s", x, y)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if _, err := demo.Run(ctx, tiny(dir)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, demo.ResultFile)); err == nil {
		t.Error("a cancelled demo left a result")
	}
}

// stopper cancels when a stretch of work begins.
type stopper struct {
	at     string
	cancel func()
}

func (s stopper) Start(what string, _ int, _ string) {
	if strings.HasPrefix(what, s.at) {
		s.cancel()
	}
}
func (stopper) Add(int)     {}
func (stopper) Note(string) {}
func (stopper) Done()       {}

func TestInterrupted(t *testing.T) {
	for _, at := range []string{"training", "probing", "measuring deviations", "perturbing", "test,"} {
		ctx, cancel := context.WithCancel(context.Background())
		cfg := tiny(t.TempDir())
		cfg.Progress = stopper{at, cancel}
		if _, err := demo.Run(ctx, cfg); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted while %s: %v", at, err)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("interrupted while %s: more than one line: %v", at, err)
		}
		cancel()
	}
}

func TestFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := demo.Run(context.Background(), tiny(filepath.Join(file, "out")))
	if err == nil || !strings.Contains(err.Error(), "--save_to") || !strings.Contains(err.Error(), file) {
		t.Errorf("a folder below a file: %v", err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		t.Log("root writes everywhere: a folder without write permission is not tried")
		return
	}
	if _, err := demo.Run(context.Background(), tiny(dir)); err == nil || !strings.Contains(err.Error(), "not writable") {
		t.Errorf("a folder without write permission: %v", err)
	}
}

func TestBadInput(t *testing.T) {
	cfg := tiny(t.TempDir())
	cfg.DataPath = filepath.Join(t.TempDir(), "nothing")
	if _, err := demo.Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), cfg.DataPath) {
		t.Errorf("no data: %v", err)
	}
	cfg = tiny(t.TempDir())
	cfg.Mini = nil
	if _, err := demo.Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "mini") {
		t.Errorf("no backbone: %v", err)
	}
	cfg = tiny(t.TempDir())
	cfg.PromptSize = 1
	if _, err := demo.Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "prompt size 1") {
		t.Errorf("a prompt of one row: %v", err)
	}
	cfg = tiny(t.TempDir())
	cfg.Device = "abacus"
	if _, err := demo.Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "abacus") {
		t.Errorf("an unknown device: %v", err)
	}
}

// The trial of the machine's speed chooses a plan and leaves nothing behind.
func TestChosenByTrial(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out bytes.Buffer
	cfg := tiny(t.TempDir())
	cfg.Plan, cfg.Out = nil, &out
	cfg.Progress = stopper{"training", cancel}
	if _, err := demo.Run(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "standard plan") {
		t.Errorf("a backbone this small does not get the standard plan:\n%s", out.String())
	}
}

// The noise's unit is the deviation of what probe reads at the prompt's rows: with the same sentences in train and test, that of pos_test.
func TestDeviation(t *testing.T) {
	data := t.TempDir()
	var rows strings.Builder
	for i, s := range []string{"good fun", "a bad film", "it is dull and long", "warm", "oh no", "i laughed a lot", "why", "see it twice"} {
		fmt.Fprintf(&rows, "%s\t%d\n", s, (i+1)%2)
	}
	for _, split := range []string{"train", "dev", "test"} {
		if err := os.WriteFile(filepath.Join(data, split+".tsv"), []byte(rows.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cfg := tiny(t.TempDir())
	cfg.DataPath = data
	cfg.Plan.Train, cfg.Plan.Dev, cfg.Plan.Test, cfg.Plan.Deviation, cfg.Plan.Keep, cfg.Plan.FurtherKeep = 0, 0, 0, 0, []int{50}, nil
	r, err := demo.Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := r.Neurons.Best[0]
	shape, x, err := npy.Read[float32](filepath.Join(cfg.Dir, "sst2", "pos_test", fmt.Sprintf("%d,%d.npy", b.Layer, b.Neuron)))
	if err != nil {
		t.Fatal(err)
	}
	var variance float64
	n, p := shape[0], shape[1]
	for row := range p {
		var mean float64
		for i := range n {
			mean += float64(x[i*p+row]) / float64(n)
		}
		for i := range n {
			d := float64(x[i*p+row]) - mean
			variance += d * d / float64(n*p)
		}
	}
	devShape, dev, err := npy.Read[float32](filepath.Join(cfg.Dir, "sst2", "train_deviation.npy"))
	if err != nil {
		t.Fatal(err)
	}
	got, want := float64(dev[b.Layer*devShape[1]+b.Neuron]), math.Sqrt(variance)
	if !(math.Abs(got-want) <= 1e-5*want) {
		t.Errorf("deviation %g, want %g", got, want)
	}
}
