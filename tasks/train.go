package tasks

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

const (
	warmupShare = 0.006
	patience    = 6
	maxSteps    = 1 << 31
	saveEvery   = time.Minute // what a killed run loses at most, beside its evaluations
)

// TrainConfig is what train does. Zero values mean "the resumed run's, else the default".
type TrainConfig struct {
	Common
	Schedule
	From string // "best": go on from the best evaluation with its optimizer state, as the original does
	// Untrained saves and scores a soft prompt as it is drawn from the seed. A hand-written one is never trained.
	Untrained bool
}

// Point is one evaluation of a training run.
type Point struct {
	Step int     `json:"step"`
	Loss float64 `json:"loss"` // mean training loss since the evaluation before
	Dev  float64 `json:"dev"`  // score on the dev split
}

// TrainResult is what a training run came to.
type TrainResult struct {
	Dir       string  `json:"dir"`
	Task      string  `json:"task_type"`
	Labels    int     `json:"labels"`
	Method    string  `json:"model_type"`
	Prompt    int     `json:"prompt_size"`
	Trained   int     `json:"trained_parameters"`
	Steps     int     `json:"steps"`
	BestStep  int     `json:"best_step"`
	Dev       float64 `json:"dev"`      // best
	Test      float64 `json:"test"`     // of the best
	Majority  float64 `json:"majority"` // share of the test split's largest class
	Metric    string  `json:"metric"`
	Continued int     `json:"continued_from,omitempty"` // step of the checkpoint that the run went on from
	Seconds   float64 `json:"seconds"`
	History   []Point `json:"history"`
	EarlyStop bool    `json:"stopped_early,omitempty"`
	Template  string  `json:"template,omitempty"`  // hand-written prompt
	Untrained bool    `json:"untrained,omitempty"` // the prompt is as it was drawn or written
	Pruned    bool    `json:"pruned,omitempty"`    // of a pruned model
	// Losses are those of the steps of this call, in order; a run that went on from a checkpoint has fewer than Steps.
	Losses []float64 `json:"-"`
}

// Train tunes a prompt, biases, adapters or everything, evaluates on the dev split, keeps the best, and scores it on the test split (paper,
// section 3; pipeline.md, "train"). An interrupt saves the state and says how to go on.
func Train(ctx context.Context, cfg TrainConfig) (*TrainResult, error) {
	start := time.Now()
	t, err := newTrainer(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if t.untrained() {
		return t.score(ctx, start)
	}
	if err := t.run(ctx); err != nil {
		return nil, err
	}
	return t.finish(ctx, start)
}

// run trains to the end, evaluating and saving on the way.
func (t *trainer) run(ctx context.Context) error {
	n := t.data.Train.Len()
	t.Log.Info("training", "method", t.tuned.Method, "parameters", count(t.params), "examples", n, "steps", t.linear.Total,
		"batch", t.cfg.BatchSize, "lr", t.cfg.LR, "dropout", t.drop.Hidden, "kernels", t.be.Name(), "seed", t.seed)
	if t.Pretrained && t.state.Step == 0 && math.IsInf(t.state.Best, -1) {
		if err := t.evaluate(ctx); err != nil { // the part that was loaded is the one to beat
			return err
		}
	}
	t.progress().Start("training", t.linear.Total, "steps")
	t.progress().Add(t.state.Step)
	defer t.progress().Done()
	if t.due() && t.state.LossSteps > 0 { // the run was interrupted while it evaluated
		if err := t.evaluate(ctx); err != nil {
			return t.ended(err)
		}
	}
	t.saved = time.Now()
	if t.stop() {
		return nil
	}
	f := newFeed(t.room, t.batches(t.state.Step), t.append)
	defer f.close()
	for b := f.next(); b != nil; b = f.next() {
		if ctx.Err() != nil {
			return t.interrupted(ctx.Err())
		}
		if err := t.step(b); err != nil {
			return err
		}
		f.giveBack(b)
		t.progress().Add(1)
		if !t.due() {
			if time.Since(t.saved) > saveEvery {
				if err := t.saveLast(); err != nil {
					return err
				}
			}
			continue
		}
		if err := t.evaluate(ctx); err != nil {
			return t.ended(err)
		}
		if t.stop() {
			return nil
		}
	}
	return nil
}

// batches are those of steps first to the last, each epoch in an order of its own.
func (t *trainer) batches(first int) iter.Seq[[]int] {
	n, perEpoch := t.data.Train.Len(), t.perEpoch()
	return func(yield func([]int) bool) {
		for step := first; step < t.linear.Total; {
			for _, b := range dataset.Batches(dataset.Shuffle(n, t.seed, step/perEpoch), min(n, t.cfg.BatchSize))[step%perEpoch:] {
				if !yield(b) {
					return
				}
				step++
			}
		}
	}
}

// append tokenises example i of the train split.
func (t *trainer) append(b *roberta.Batch, i int) {
	e := t.data.Train.Examples[i]
	t.add(b, t.example(e), e.ID)
}

// perEpoch is the steps of one pass over the train split, the last short batch included.
func (t *trainer) perEpoch() int {
	n := t.data.Train.Len()
	batch := min(n, t.cfg.BatchSize)
	return (n + batch - 1) / batch
}

// due says that the step just made is one to be evaluated.
func (t *trainer) due() bool {
	return t.state.Step%t.cfg.EvalEvery == 0 || t.state.Step == t.linear.Total
}

// stop says that the run has gone on long enough without a better evaluation.
func (t *trainer) stop() bool {
	if !t.cfg.EarlyStop || t.state.SinceBest < patience {
		return false
	}
	t.Log.Info("stopping early", "step", t.state.Step, "evaluations without a better one", t.state.SinceBest)
	t.state.Stopped = true
	return true
}

// ended passes on what ended an evaluation; an interrupt saves the state.
func (t *trainer) ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return t.interrupted(err)
	}
	return err
}

// step is one update on b.
func (t *trainer) step(b *fed) error {
	t.labels = t.labels[:0]
	for _, k := range b.examples {
		t.labels = append(t.labels, int32(t.data.Train.Examples[k].Label))
	}
	t.read.Drop = t.drop
	t.read.Drop.Step = uint64(t.state.Step)
	loss, err := t.session.BeginStep(t.adam.ZeroGrad, b.Batch, t.read, t.labels)
	if err != nil {
		return fmt.Errorf("step %d: %w", t.state.Step, err)
	}
	now := begunStep{true, t.state.Step, loss, t.adam.Begin(t.linear.Factor(t.state.Step))}
	if err := t.settle(); err != nil {
		return err
	}
	t.begun = now
	t.state.Step++
	if t.async() {
		return nil
	}
	return t.settle()
}

// begunStep is a step whose loss and norm may be on their way.
type begunStep struct {
	on     bool
	step   int
	loss   roberta.PendingLoss
	update autograd.Pending
}

// settle waits for the last step, of which a device that computes while its caller goes on has the next one behind it.
func (t *trainer) settle() error {
	b := t.begun
	t.begun = begunStep{}
	if !b.on {
		return nil
	}
	loss, err := b.loss.Wait()
	if err != nil {
		return fmt.Errorf("step %d: %w", b.step, err)
	}
	if _, err := b.update.Wait(); err != nil {
		return err
	}
	t.state.LossSum += float64(loss)
	t.losses = append(t.losses, float64(loss))
	t.state.LossSteps++
	return nil
}

// evaluate scores the dev split, keeps the best, and saves the state.
func (t *trainer) evaluate(ctx context.Context) error {
	if err := t.settle(); err != nil {
		return err
	}
	t.rest(t.session.Close)
	r, err := quietly(t.dev).predict(ctx, nil)
	t.rest(t.dev.close)
	if err != nil {
		return err
	}
	s := &t.state
	p := Point{Step: s.Step, Loss: s.LossSum / float64(max(1, s.LossSteps)), Dev: r.Score}
	loss := ""
	if s.LossSteps > 0 {
		loss = fmt.Sprintf("loss %.4f, ", p.Loss)
	}
	s.LossSum, s.LossSteps = 0, 0
	s.History = append(s.History, p)
	better := r.Score >= s.Best
	if r.Score > s.Best {
		s.SinceBest = 0
	} else {
		s.SinceBest++
	}
	t.Log.Info("evaluation", "step", p.Step, "loss", round(p.Loss), "dev", round(p.Dev), "best", better)
	t.progress().Note(fmt.Sprintf("step %d: %sdev %.4f", p.Step, loss, p.Dev))
	if better {
		s.Best, s.BestStep = r.Score, s.Step
		if err := t.saveBest(); err != nil {
			return err
		}
	}
	return t.saveLast()
}

// interrupted saves the state and says how to go on.
func (t *trainer) interrupted(cause error) error {
	if err := t.saveLast(); err != nil {
		return fmt.Errorf("interrupted at step %d, and the state could not be saved: %w", t.state.Step, err)
	}
	t.Log.Info("interrupted", "step", t.state.Step)
	return fmt.Errorf("interrupted at step %d of %d; the state is saved, go on with: train --resume_from %s -p: %w", t.state.Step, t.linear.Total, ShellWord(t.dir), cause)
}

// finish scores the best part on the test split and writes the manifest.
func (t *trainer) finish(ctx context.Context, start time.Time) (*TrainResult, error) {
	s := &t.state
	s.Finished = true
	if err := t.loadBest(); err != nil {
		return nil, err
	}
	test := t.newPass(t.data.Test)
	defer test.close()
	r, err := quietly(test).predict(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := &TrainResult{
		Dir: t.dir, Task: t.TaskType, Labels: t.task.Labels, Method: string(t.tuned.Method), Prompt: t.tuned.PromptSize, Trained: count(t.params), Steps: s.Step, BestStep: s.BestStep,
		Dev: s.Best, Test: r.Score, Majority: t.data.Test.Majority(t.task.Labels), Metric: string(t.task.Score),
		Continued: s.Continued, Seconds: time.Since(start).Seconds(), History: s.History, EarlyStop: s.Stopped,
		Losses: t.losses, Template: t.Template, Pruned: t.tuned.Pruned != nil,
	}
	t.Log.Info("finished", "steps", s.Step, "best step", s.BestStep, "dev", round(s.Best), "test", round(r.Score))
	if err := t.saveLast(); err != nil {
		return nil, err
	}
	return out, t.manifest("train", map[string]any{"settings": t.cfg.Schedule, "result": out})
}

func count(params []roberta.Param) int {
	n := 0
	for _, p := range params {
		n += p.Tensor().Len()
	}
	return n
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
