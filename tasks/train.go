package tasks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// TrainConfig is what train does. Zero values mean "the resumed run's, else the default".
type TrainConfig struct {
	Common
	Schedule
	From string // "best": go on from the best evaluation with its optimizer state, as the original does
	// Untrained saves and scores a soft prompt as it is drawn from the seed. A hand-written one is never trained.
	Untrained bool
}

// Schedule are the settings of a training run; they are recorded with it.
type Schedule struct {
	Epochs    int      `json:"epoch"`           // default 4
	BatchSize int      `json:"batch"`           // default 8
	EvalEvery int      `json:"eval_every_step"` // default 10
	LR        float64  `json:"lr"`              // default 1e-3
	Dropout   *float64 `json:"dropout"`         // default the configuration's own
	EarlyStop bool     `json:"early_stop"`      // stop after 6 evaluations without a better one
}

// Defaults of a [Schedule].
const (
	DefaultEpochs     = 4
	DefaultTrainBatch = 8
	DefaultEvalEvery  = 10
	warmupShare       = 0.006
	patience          = 6
	maxSteps          = 1 << 31
	saveEvery         = time.Minute // what a killed run loses at most, beside its evaluations
)

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

// trainer is a training run.
type trainer struct {
	*workspace
	cfg      TrainConfig
	dir      string
	params   []roberta.Param
	adam     *autograd.Adam
	linear   autograd.Linear
	session  *roberta.Session
	batch    *roberta.Batch
	labels   []int32     // of batch
	read     roberta.Run // what the loss reads
	dev      *pass
	state    trainState
	losses   []float64
	saved    time.Time // the last checkpoint
	drop     roberta.Dropout
	closeLog func()
}

func (t *trainer) close() {
	if t.session != nil {
		t.session.Close()
	}
	if t.dev != nil {
		t.dev.close()
	}
	if t.closeLog != nil {
		t.closeLog()
	}
}

// newTrainer settles where the run starts: from nothing, from a checkpoint, or from the best part of an earlier run.
func newTrainer(ctx context.Context, cfg TrainConfig) (*trainer, error) {
	if cfg.From != "" && cfg.From != "best" {
		return nil, usagef("--from %s: only best is known", cfg.From)
	}
	if cfg.SaveTo == "" && cfg.ResumeFrom == "" {
		return nil, usagef("nothing says where to save: give --save_to DIR")
	}
	if err := cfg.writesWeights("train"); err != nil {
		return nil, err
	}
	var last *checkpoint
	if cfg.Pretrained && cfg.ResumeFrom != "" {
		var err error
		if last, err = readCheckpoint(filepath.Join(runDir(cfg.ResumeFrom), lastFile)); err != nil {
			return nil, err
		}
		if last != nil {
			cfg.Schedule.fill(last.state.Schedule)
			if cfg.Rows == (Rows{}) {
				cfg.Rows = last.state.Rows
			}
			if cfg.From == "best" { // its settings, not its state
				last.file.Close()
				last = nil
			}
		}
	}
	cfg.Schedule.fill(Schedule{Epochs: DefaultEpochs, BatchSize: DefaultTrainBatch, EvalEvery: DefaultEvalEvery, LR: autograd.DefaultHyper.LR})
	if err := cfg.Schedule.check(); err != nil {
		return nil, err
	}
	n := needs{data: true}
	if last != nil && !last.state.Finished {
		n.desc = &last.state.Tuned
	}
	w, err := cfg.open(ctx, n)
	if err != nil {
		return nil, err
	}
	t := &trainer{workspace: w, cfg: cfg, dir: w.SaveTo}
	if t.untrained() {
		if err := t.checkUntrained(); err != nil {
			return nil, err
		}
	}
	if err := makeDir(t.dir); err != nil {
		return nil, err
	}
	if t.closeLog, err = t.logTo(t.dir); err != nil {
		return nil, err
	}
	// What is saved says what is trained now, not what a prompt was tuned on before.
	t.tuned.Task, t.tuned.Labels, t.tuned.Words, t.tuned.IDs = t.TaskType, len(t.words.IDs), t.words.Words, t.words.IDs
	if t.untrained() {
		return t, nil
	}
	return t, t.prepare(last)
}

func (t *trainer) prepare(last *checkpoint) (err error) {
	t.params = t.model.Tuned(t.tuned.Method, t.tuned.PromptSize)
	h := autograd.DefaultHyper
	h.LR = t.cfg.LR
	if t.adam, err = autograd.NewAdam(t.be, h, roberta.Values(t.params)); err != nil {
		return err
	}
	perEpoch := t.perEpoch()
	if t.cfg.Epochs > maxSteps/perEpoch {
		return usagef("--epoch %d makes more than %d steps", t.cfg.Epochs, maxSteps)
	}
	total := perEpoch * t.cfg.Epochs
	t.linear = autograd.Linear{Warmup: warmupShare * float64(total), Total: total}
	t.session, t.batch = t.model.NewTrainingSession(), t.model.NewBatch()
	t.read.IDs, t.read.Join = roberta.Joined(t.words.IDs)
	t.dev = t.newPass(t.data.Dev)
	c := t.model.Config
	t.drop = roberta.Dropout{Hidden: float32(c.HiddenDropoutProb), Attention: float32(c.AttentionProbsDropoutProb), Seed: t.seed}
	if d := t.cfg.Dropout; d != nil {
		t.drop.Hidden, t.drop.Attention = float32(*d), float32(*d)
	}
	t.state = trainState{
		Tuned: t.tuned, Schedule: t.cfg.Schedule, DataPath: absolute(t.DataPath), Data: t.Data, Rows: t.Rows, Kernels: t.be.Name(),
		Digests: []string{t.data.Train.Digest, t.data.Dev.Digest}, Best: math.Inf(-1), Total: total,
	}
	switch {
	case t.cfg.From == "best":
		return t.resumeBest()
	case last == nil:
	case last.state.Finished:
		t.Log.Info("the run had finished: a new one starts from its best part", "dir", t.ResumeFrom)
	default:
		if why := last.state.differs(&t.state); why != "" {
			return t.restart(why)
		}
		return t.resumeLast(last)
	}
	return nil
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
	perEpoch := t.perEpoch()
	t.saved = time.Now()
	for t.state.Step < t.linear.Total && !t.stop() {
		epoch := t.state.Step / perEpoch
		batches := dataset.Batches(dataset.Shuffle(n, t.seed, epoch), min(n, t.cfg.BatchSize))
		for _, b := range batches[t.state.Step%perEpoch:] {
			if ctx.Err() != nil {
				return t.interrupted(ctx.Err())
			}
			if err := t.step(b); err != nil {
				return err
			}
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
	}
	return nil
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

// step is one update on the examples of b.
func (t *trainer) step(b []int) error {
	t.batch.Reset()
	t.labels = t.labels[:0]
	for _, k := range b {
		t.add(t.batch, t.example(t.data.Train.Examples[k]), t.data.Train.Examples[k].ID)
		t.labels = append(t.labels, int32(t.data.Train.Examples[k].Label))
	}
	t.adam.ZeroGrad()
	t.read.Drop = t.drop
	t.read.Drop.Step = uint64(t.state.Step)
	loss, err := t.session.Loss(t.batch, t.read, t.labels)
	if err != nil {
		return fmt.Errorf("step %d: %w", t.state.Step, err)
	}
	if _, err := t.adam.Update(t.linear.Factor(t.state.Step)); err != nil {
		return err
	}
	t.state.Step++
	t.state.LossSum += float64(loss)
	t.losses = append(t.losses, float64(loss))
	t.state.LossSteps++
	return nil
}

// evaluate scores the dev split, keeps the best, and saves the state.
func (t *trainer) evaluate(ctx context.Context) error {
	r, err := quietly(t.dev).predict(ctx, nil)
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

func (s *Schedule) fill(from Schedule) {
	if s.Epochs == 0 {
		s.Epochs = from.Epochs
	}
	if s.BatchSize == 0 {
		s.BatchSize = from.BatchSize
	}
	if s.EvalEvery == 0 {
		s.EvalEvery = from.EvalEvery
	}
	if s.LR == 0 {
		s.LR = from.LR
	}
	if s.Dropout == nil {
		s.Dropout = from.Dropout
	}
	s.EarlyStop = s.EarlyStop || from.EarlyStop
}

func (s *Schedule) check() error {
	switch {
	case s.Epochs < 1:
		return usagef("--epoch %d: at least 1", s.Epochs)
	case s.BatchSize < 1:
		return usagef("--batch %d: at least 1", s.BatchSize)
	case s.EvalEvery < 1:
		return usagef("--eval_every_step %d: at least 1", s.EvalEvery)
	case !(s.LR > 0) || math.IsInf(s.LR, 0):
		return usagef("--lr %g: must be positive", s.LR)
	case s.Dropout != nil && !(*s.Dropout >= 0 && *s.Dropout < 1):
		return usagef("--dropout %g: 0 up to, not including, 1", *s.Dropout)
	}
	return nil
}

func count(params []roberta.Param) int {
	n := 0
	for _, p := range params {
		n += p.Tensor().Len()
	}
	return n
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
