package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// demo is a demo under way.
type demo struct {
	Config
	be       engine.Backend
	data     *dataset.Data
	r        *Result
	grid     grid
	figs     figures
	begun    time.Time
	headings int
	passed   time.Time
}

// Run runs the demo. A context that ends stops it soon, with the context's error.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	cfg.fill()
	d := &demo{Config: cfg, r: &Result{}, begun: time.Now()}
	d.passed = d.begun
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"fill a mask", d.fillMasks},
		{"choose a plan", d.choose},
		{"tune a prompt", d.tune},
		{"probe every neuron", d.probe},
		{"perturb", d.perturb},
		{"prune", d.prune},
		{"measure speed", d.speed},
		{"classify sentences", d.classify},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.run(ctx); err != nil {
			return nil, err
		}
		d.stage(s.name)
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	return d.r, d.end(ctx)
}

// stage notes how long the part that ended took.
func (d *demo) stage(name string) {
	now := time.Now()
	d.r.Stages = append(d.r.Stages, Stage{name, now.Sub(d.passed).Seconds()})
	d.passed = now
}

// open finds everything that the demo needs before it computes anything, and says what runs where.
func (d *demo) open(ctx context.Context) error {
	src, err := roberta.OpenSource(d.Backbone, tasks.Sources(ctx, d.Mini, d.Progress, nil))
	if err != nil {
		return err
	}
	t, err := dataset.Lookup(task)
	if err != nil {
		return err
	}
	if d.data, err = dataset.LoadContext(ctx, t, d.DataPath, *d.Seed, dataset.Options{}); err != nil {
		return err
	}
	if d.be = d.Backend; d.be == nil {
		if d.be, err = kernels.Open(d.Device, kernels.Options{Threads: d.Threads, Kernels: d.Kernels}); err != nil {
			return err
		}
	}
	again, err := prepare(d.Dir)
	if err != nil {
		return err
	}
	threads := 0
	if b, ok := d.be.(interface{ Threads() int }); ok {
		threads = b.Threads()
	}
	c, err := roberta.ReadConfig(src.FS)
	if err != nil {
		return err
	}
	d.r.Note = note(d.Backbone, c)
	d.r.Machine = Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Threads: threads, Device: d.be.Name(), Go: runtime.Version(), Version: tasks.Version(),
	}
	d.r.Dir, d.r.Backbone, d.r.DataPath, d.r.Task, d.r.Seed = d.Dir, d.Backbone, d.DataPath, task, *d.Seed
	d.text(d.r.Note)
	d.say("")
	d.say("Machine  %s/%s, %s; kernels %s on %s; random seed %d", runtime.GOOS, runtime.GOARCH, amount.Of(runtime.NumCPU(), "processor"), d.be.Name(), amount.Of(threads, "thread"), *d.Seed)
	d.say("Task     SST-2: is a sentence from a film review positive or negative?")
	d.say("         %s to learn from (train), %s to choose by (dev), %s to judge by (test)", amount.Of(d.data.Train.Len(), "sentence"), amount.Commas(d.data.Dev.Len()), amount.Commas(d.data.Test.Len()))
	d.say("Output   %s", filepath.Clean(d.Dir)+string(filepath.Separator))
	if again {
		d.say("         An earlier demo left its files there: this one starts over and replaces them.")
	}
	return nil
}

// note is the first line of all: what the figures are not.
func note(backbone string, c roberta.Config) string {
	if backbone == DefaultBackbone {
		return fmt.Sprintf("mini is a small real RoBERTa of %d layers, not roberta-base: its figures show the method, not the numbers of the paper.", c.NumHiddenLayers)
	}
	return fmt.Sprintf("%s is a RoBERTa of %d layers, tuned briefly: its figures show the method, not the numbers of the paper.", backbone, c.NumHiddenLayers)
}

// common are the settings that all steps share.
func (d *demo) common() tasks.Common {
	return tasks.Common{
		Seed: d.Seed, Backend: d.be, TaskType: task, DataPath: d.DataPath, Backbone: d.Backbone, Mini: d.Mini, Batch: batchSize,
		PromptSize: &d.PromptSize, SaveTo: d.Dir, Progress: d.Progress,
		Rows: tasks.Rows{Train: d.r.Plan.Train, Dev: d.r.Plan.Dev, Test: d.r.Plan.Test},
	}
}

// tuned are the settings of a step that goes on from a tuned or pruned model.
func (d *demo) tuned(dir string) tasks.Common {
	c := d.common()
	c.Backbone, c.ResumeFrom, c.Pretrained, c.SaveTo = "", dir, true, dir
	return c
}

func (d *demo) path(names ...string) string {
	return filepath.Join(append([]string{d.Dir}, names...)...)
}

// share names skillneuron's file of a percentage.
func (d *demo) share(percent int) string {
	return d.path("info", task, tasks.ShareName(percent)+".npy")
}

// test is the split that everything is judged by.
func (d *demo) test() dataset.Split { return d.data.Test.Subset(d.r.Plan.Test, *d.Seed) }
