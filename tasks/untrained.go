package tasks

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/roberta"
)

// untrained says that there is nothing to train: a prompt of words, or a soft one that stays as it was drawn.
func (t *trainer) untrained() bool { return t.cfg.Untrained || t.tuned.Method == roberta.Written }

// checkUntrained refuses to leave untrained what was trained, or what has no prompt.
func (t *trainer) checkUntrained() error {
	switch {
	case t.cfg.Untrained && t.Pretrained:
		return usagef("a prompt is to stay as it is drawn, and %s holds one to go on from: leave -p out", t.ResumeFrom)
	case t.cfg.Untrained && (t.tuned.Method != roberta.Prompt || t.tuned.PromptSize == 0):
		return usagef("a random prompt is a %s of size 2 or more, not a %s of size %d", roberta.Prompt, t.tuned.Method, t.tuned.PromptSize)
	case t.cfg.From != "":
		return usagef("--from %s goes on with training, and nothing trains here", t.cfg.From)
	}
	return nil
}

// score saves the prompt as it stands and scores dev and test: the paper's comparison of random, hand-written and tuned prompts.
func (t *trainer) score(ctx context.Context, start time.Time) (*TrainResult, error) {
	dev := t.newPass(t.data.Dev)
	defer dev.close()
	test := t.newPass(t.data.Test)
	defer test.close()
	t.progress().Start("scoring", t.data.Dev.Len()+t.data.Test.Len(), "sentences")
	defer t.progress().Done()
	d, err := dev.predict(ctx, nil)
	if err != nil {
		return nil, err
	}
	r, err := test.predict(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, stale := range []string{lastFile, optimizerFile, schedulerFile} { // of a run that stood here before
		if err := os.Remove(filepath.Join(t.dir, stale)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if err := t.saveTuned(); err != nil {
		return nil, err
	}
	out := &TrainResult{
		Dir: t.dir, Task: t.TaskType, Labels: t.task.Labels, Method: string(t.tuned.Method), Prompt: t.tuned.PromptSize, Template: t.Template, Untrained: true,
		Pruned: t.tuned.Pruned != nil, Dev: d.Score, Test: r.Score, Majority: t.data.Test.Majority(t.task.Labels), Metric: string(t.task.Score), Seconds: time.Since(start).Seconds(),
		History: []Point{{Dev: d.Score}},
	}
	t.Log.Info("scored without training", "method", t.tuned.Method, "template", t.Template, "dev", round(d.Score), "test", round(r.Score))
	return out, t.manifest("train", map[string]any{"settings": map[string]any{"untrained": true}, "result": out})
}
