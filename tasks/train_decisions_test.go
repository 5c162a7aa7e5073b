package tasks

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/progress"
)

// tinyTrainer is a run on the goldens' tiny model, prepared and not begun.
func tinyTrainer(t *testing.T, s Schedule) *trainer {
	t.Helper()
	f := tinyFixture(t)
	f.Log = slog.New(slog.DiscardHandler)
	s.fill(Schedule{Epochs: 1, BatchSize: 8, EvalEvery: 1, LR: 1e-3})
	tr := &trainer{workspace: f.workspace, cfg: TrainConfig{Schedule: s}, dir: t.TempDir()}
	if err := tr.prepare(nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.close)
	return tr
}

// scripted is a progress that relabels the dev split after every step, so that the step's evaluation finds script[step-1] of its examples right.
type scripted struct {
	progress.Progress
	t      *testing.T
	tr     *trainer
	own    *pass
	script []int
	prompt [][]float32 // the trained part after each step
}

func (s *scripted) Add(n int) {
	if n != 1 { // the place that a run starts from
		return
	}
	p, err := s.own.predict(context.Background(), nil)
	if err != nil {
		s.t.Error(err)
		return
	}
	right := s.script[len(s.prompt)]
	for i := range s.tr.dev.split.Examples {
		label := p.Pred[i]
		if i >= right {
			label = 1 - label
		}
		s.tr.dev.split.Examples[i].Label = label
	}
	s.prompt = append(s.prompt, s.tr.params[0].Floats(s.tr.be))
}

// runScript trains one step an evaluation, with the given numbers of right answers of 10.
func runScript(t *testing.T, earlyStop bool, script ...int) (*trainer, *scripted) {
	t.Helper()
	tr := tinyTrainer(t, Schedule{EarlyStop: earlyStop, Epochs: len(script), BatchSize: math.MaxInt})
	if n := tr.dev.split.Len(); n != 10 {
		t.Fatalf("%d dev examples, the scripts are for 10", n)
	}
	s := &scripted{Progress: progress.Discard, t: t, tr: tr, script: script}
	s.own = quietly(tr.newPass(dataset.Split{Name: "dev", Examples: slices.Clone(tr.dev.split.Examples)}))
	t.Cleanup(s.own.close)
	tr.Progress = s
	if err := tr.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i, p := range tr.state.History {
		if want := float64(script[i]) / 10; p.Dev != want || p.Step != i+1 {
			t.Fatalf("evaluation %d at step %d gave %g, the script says %g", i, p.Step, p.Dev, want)
		}
	}
	return tr, s
}

// A dev score equal to the best replaces it, in the result and on disk; a lower one does not.
func TestTheLaterOfEqualScoresIsKept(t *testing.T) {
	for _, c := range []struct {
		script []int
		best   int // 1-based step
	}{
		{[]int{5, 8, 8, 6}, 3},
		{[]int{7, 7, 7, 7}, 4},
		{[]int{9, 8, 8, 8}, 1},
		{[]int{0, 0, 1, 0}, 3},
	} {
		tr, s := runScript(t, false, c.script...)
		if tr.state.BestStep != c.best || tr.state.Best != float64(c.script[c.best-1])/10 {
			t.Errorf("%v: the best is %g at step %d, want step %d", c.script, tr.state.Best, tr.state.BestStep, c.best)
		}
		f, err := safetensors.Open(filepath.Join(tr.dir, roberta.TunedFile))
		if err != nil {
			t.Fatal(err)
		}
		saved, err := f.Float32s("prompt", tr.params[0].Shape...)
		if err != nil {
			t.Fatal(err)
		}
		for step, prompt := range s.prompt {
			if step > 1 && slices.Equal(prompt, s.prompt[step-1]) {
				t.Errorf("%v: step %d changed nothing, so that files cannot be told apart", c.script, step+1)
			}
		}
		if !slices.Equal(saved, s.prompt[c.best-1]) {
			t.Errorf("%v: the file does not hold the prompt of step %d", c.script, c.best)
		}
		f.Close()
		var place struct {
			Step int     `json:"step"`
			Best float64 `json:"best"`
		}
		data, err := os.ReadFile(filepath.Join(tr.dir, schedulerFile))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &place); err != nil || place.Step != c.best || place.Best != tr.state.Best {
			t.Errorf("%v: %s says %+v (%v), want step %d", c.script, schedulerFile, place, err, c.best)
		}
	}
}

// With --early_stop a run ends at the sixth evaluation in a row that is not better than the best; an equal one is not better.
func TestEarlyStop(t *testing.T) {
	for _, c := range []struct {
		name   string
		early  bool
		script []int
		steps  int
	}{
		{"six lower", true, []int{3, 8, 7, 7, 7, 7, 7, 7, 9, 9}, 8},
		{"six equal", true, []int{8, 8, 8, 8, 8, 8, 8, 8, 8}, 7},
		{"five, then better", true, []int{8, 7, 7, 7, 7, 7, 9, 1, 1, 1, 1, 1, 1, 1}, 13},
		{"five at the end", true, []int{8, 7, 7, 7, 7, 7}, 6},
		{"not asked for", false, []int{8, 1, 1, 1, 1, 1, 1, 1, 1}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr, _ := runScript(t, c.early, c.script...)
			if tr.state.Step != c.steps || len(tr.state.History) != c.steps {
				t.Errorf("%d steps and %d evaluations, want %d", tr.state.Step, len(tr.state.History), c.steps)
			}
			if want := c.steps < len(c.script); tr.state.Stopped != want {
				t.Errorf("stopped early: %t, want %t", tr.state.Stopped, want)
			}
		})
	}
}

// Without --dropout, training drops what the model's config.json says.
func TestDropoutOfTraining(t *testing.T) {
	for _, c := range []struct {
		name              string
		flag              *float64
		hidden, attention float32
	}{
		{"config", nil, 0.25, 0.5},
		{"flag", Ptr(0.125), 0.125, 0.125},
		{"none", Ptr(0.0), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := tinyTrainer(t, Schedule{Dropout: c.flag})
			if c := tr.model.Config; c.HiddenDropoutProb != 0.1 || c.AttentionProbsDropoutProb != 0.1 {
				t.Fatalf("the tiny model's config.json was read as %+v", c)
			}
			tr.model.Config.HiddenDropoutProb, tr.model.Config.AttentionProbsDropoutProb = 0.25, 0.5 // told apart
			if err := tr.prepare(nil); err != nil {
				t.Fatal(err)
			}
			examples := []int{3, 0, 5}
			b := tr.model.NewBatch()
			var labels []int32
			for _, k := range examples {
				tr.add(b, tr.example(tr.data.Train.Examples[k]), k)
				labels = append(labels, int32(tr.data.Train.Examples[k].Label))
			}
			s := tr.model.NewTrainingSession()
			defer s.Close()
			want, err := s.Loss(b, roberta.Run{IDs: tr.read.IDs, Drop: roberta.Dropout{Hidden: c.hidden, Attention: c.attention, Seed: 1}}, labels)
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.step(tr.fed(examples)); err != nil {
				t.Fatal(err)
			}
			if got := tr.losses[0]; got != float64(want) {
				t.Errorf("the first step's loss is %v, with dropout %g and %g it is %v", got, c.hidden, c.attention, want)
			}
		})
	}
}

// The learning rate's factor of 0-based step t is t/max(1, w) for t < w and (T-t)/(T-w) from there, with w = 0.006·T not rounded and T counting
// the last short batch of every epoch: the run leaves the very weights that a loop with these factors, written out, leaves.
func TestLearningRateOfTraining(t *testing.T) {
	const epochs, batch, steps = 100, 3, 5
	tr := tinyTrainer(t, Schedule{Epochs: epochs, BatchSize: batch, LR: 0.01, Dropout: Ptr(0.0)})
	n := tr.data.Train.Len()
	if n%batch == 0 {
		t.Fatalf("%d examples leave no short batch of %d", n, batch)
	}
	total := float64(epochs * (n/batch + 1))
	warmup := 0.006 * total
	if warmup < 1 || math.Abs(warmup-math.Round(warmup)) < 0.05 {
		t.Fatalf("a warm-up of %g steps shows no rounding", warmup)
	}
	other := tinyTrainer(t, Schedule{Dropout: Ptr(0.0)})
	adam, err := autograd.NewAdam(other.be, autograd.Hyper{LR: 0.01, Beta1: 0.9, Beta2: 0.98, Eps: 1e-6, Clip: 1}, roberta.Values(other.params))
	if err != nil {
		t.Fatal(err)
	}
	for step := range steps {
		before := tr.params[0].Floats(tr.be)
		examples := []int{step, step + 1, 2*step + 2}
		if err := tr.step(tr.fed(examples)); err != nil {
			t.Fatal(err)
		}
		after := tr.params[0].Floats(tr.be)
		if still := slices.Equal(before, after); still != (step == 0) {
			t.Errorf("step %d leaves the prompt as it was: %t; only the first, at a rate of 0, does", step, still)
		}
		b := other.model.NewBatch()
		var labels []int32
		for _, k := range examples {
			other.add(b, other.example(other.data.Train.Examples[k]), k)
			labels = append(labels, int32(other.data.Train.Examples[k].Label))
		}
		adam.ZeroGrad()
		if _, err := other.session.Loss(b, roberta.Run{IDs: other.read.IDs}, labels); err != nil {
			t.Fatal(err)
		}
		x := float64(step)
		factor := (total - x) / (total - warmup)
		if x < warmup {
			factor = x / warmup
		}
		if _, err := adam.Update(factor); err != nil {
			t.Fatal(err)
		}
		if want := other.params[0].Floats(other.be); !slices.Equal(after, want) {
			t.Fatalf("after step %d the prompt differs from that of a rate of %g·0.01", step, factor)
		}
	}
}

// fed is a batch as the trainer's feed makes it.
func (t *trainer) fed(examples []int) *fed {
	b := t.rooms(1)[0]
	b.examples = examples
	for _, i := range examples {
		t.append(b.Batch, i)
	}
	return b
}
