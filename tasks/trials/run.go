package trials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/progress"
)

// run is a run under way.
type run struct {
	Config
	task  dataset.Task
	state *state
	r     *Result
	lock  *flock.Flock // held while the run is under way; the system drops that of a process that is killed
	step  int          // that is under way, for people
	steps int

	backbone string // its digest
}

// Run runs the trials, or what is left of them: a run that was interrupted or killed goes on where it stood, a training run in its middle included.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	start := time.Now()
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	r := &run{Config: cfg}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.lock.Close()
	if err := r.all(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("interrupted at step %d of %d; the same command goes on: %w", r.step, r.steps, ctx.Err())
		}
		return nil, err
	}
	r.r.summarise()
	r.r.Seconds = time.Since(start).Seconds()
	r.state.Result = r.r
	return r.r, r.state.write(r.SaveTo)
}

// open checks everything that can be checked before any work.
func (r *run) open(ctx context.Context) (err error) {
	if r.TaskType == "" && !dataset.HasTaskFile(r.DataPath) {
		r.TaskType = tasks.DefaultTask
	}
	if r.task, err = dataset.Find(r.TaskType, r.DataPath); err != nil {
		return err
	}
	r.task = r.words(r.task)
	r.TaskType = r.task.Name
	if err := checkLabels(r.task); err != nil {
		return err
	}
	data, err := dataset.LoadContext(ctx, r.task, r.DataPath, *r.Seed, r.Data)
	if err != nil {
		return err
	}
	r.task = data.Task
	if err := checkLabels(r.task); err != nil {
		return err
	}
	path, err := filepath.Abs(r.DataPath)
	if err != nil {
		return err
	}
	digests := map[string]string{}
	for _, s := range data.Splits() {
		digests[s.Name] = s.Digest
	}
	if err := os.MkdirAll(r.SaveTo, 0o755); err != nil {
		return fmt.Errorf("--save_to %s: %w", r.SaveTo, err)
	}
	r.lock = flock.New(r.path(".lock"))
	if alone, err := r.lock.TryLock(); err == nil && !alone { // a file system without locks does without
		return fmt.Errorf("another run is at work in %s: wait for its end, or take another --save_to", r.SaveTo)
	}
	defer func() {
		if err != nil {
			r.lock.Close()
		}
	}()
	if r.state, err = openState(r.SaveTo, r.settings(path), digests); err != nil {
		return err
	}
	if err := r.state.write(r.SaveTo); err != nil {
		return err
	}
	src, err := roberta.OpenSource(r.Backbone, tasks.Sources(ctx, r.Mini, r.Progress, r.Log))
	if err != nil {
		return err
	}
	if r.backbone, err = backboneDigest(src); err != nil {
		return err
	}
	if r.Backend == nil {
		if r.Backend, err = kernels.Open(r.Device, kernels.Options{Threads: r.Threads, Kernels: r.Kernels}); err != nil {
			return err
		}
	}
	r.r = &Result{
		Task: r.TaskType, Labels: r.task.Labels, Backbone: r.Backbone, Dir: r.SaveTo, Metric: string(r.task.Score),
		Majority: data.Test.Majority(r.task.Labels), Perturb: r.Type, Draws: r.Draws, Keep: r.Keep,
	}
	return nil
}

// multi reports whether the task has to be split.
func (r *run) multi() bool { return r.task.Labels > 2 }

func (r *run) path(names ...string) string {
	return filepath.Join(append([]string{r.SaveTo}, names...)...)
}

// paths are files below the run's directory as steps take them.
func (r *run) paths(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = r.path(name)
	}
	return out
}

// do runs a step unless it is done.
func do[T any](ctx context.Context, r *run, s step, work func() (T, error)) (T, error) {
	var out T
	r.step++
	if was, ok := r.state.Done[s.name]; ok && r.done(s, was) {
		if out, ok := recorded[T](was.Result); ok {
			r.r.Resumed++
			return out, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	progress.Or(r.Progress).Note(fmt.Sprintf("step %d of %d: %s", r.step, r.steps, s.name))
	now := stepOutcome{}
	var err error
	if now.Reads, err = r.inputs(s); err != nil {
		return out, err
	}
	if out, err = work(); err != nil {
		if _, usage := errors.AsType[*dataset.UsageError](err); usage {
			return out, err
		}
		return out, fmt.Errorf("%s: %w", s.name, err)
	}
	if now.Result, err = json.Marshal(out); err != nil {
		return out, err
	}
	if now.Makes, err = r.outputs(s); err != nil {
		return out, err
	}
	r.state.Done[s.name] = now
	return out, r.state.write(r.SaveTo)
}

// common are the settings of a step that writes to dir.
func (r *run) common(seed uint64, dir string) tasks.Common {
	c := r.Common
	c.Seed, c.SaveTo = &seed, dir
	return c
}

// resumed are those of a step that reads what was tuned in from.
func (r *run) resumed(seed uint64, from, dir string) tasks.Common {
	c := r.common(seed, dir)
	c.Backbone, c.ResumeFrom, c.Pretrained, c.Verb = "", from, true, nil
	return c
}

// on is c for one of the task's parts.
func on(c tasks.Common, task, path string) tasks.Common {
	c.TaskType, c.DataPath, c.Verb, c.Data = task, path, nil, dataset.Options{MaxBytes: c.Data.MaxBytes}
	return c
}
