package tasks

import (
	"context"
	"math"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/roberta"
)

// trainer is a training run.
type trainer struct {
	*workspace
	cfg      TrainConfig
	dir      string
	params   []roberta.Param
	adam     *autograd.Adam
	linear   autograd.Linear
	session  *roberta.Session
	room     []*fed
	labels   []int32     // of a batch
	read     roberta.Run // what the loss reads
	dev      *pass
	state    trainState
	losses   []float64
	begun    begunStep
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
	t.session, t.room = t.model.NewTrainingSession(), t.rooms(3)
	t.session.Short = t.short
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
