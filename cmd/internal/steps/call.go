package steps

import (
	"context"
	"log/slog"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/progress"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// call is one call of a binary: its flags, and what they were set to.
type call struct {
	*cli.Flags
	o       cli.Options
	data    dataset.Options
	header  string
	rows    tasks.Rows
	concat  bool
	verbose bool
}

func newCall(ctx context.Context, cmd cli.Command) *call {
	c := &call{Flags: cli.NewFlags(ctx, cmd), o: cli.Defaults()}
	c.o.Batch = tasks.DefaultBatch
	return c
}

// modelFlags say which model; what is not given comes from the resumed run.
func (c *call) modelFlags() {
	c.Group(cli.GroupModel)
	c.Common(&c.o, "resume_from", "from_pretrained", "backbone", "model_type", "prompt_size")
	c.DefaultText("model_type", "the resumed run's, else RobertaPrompt")
	c.DefaultText("prompt_size", "the resumed run's, else 16")
	c.DefaultText("backbone", "the resumed run's, else roberta-base")
}

// runFlags are how a step computes and reports.
func (c *call) runFlags() {
	c.Group(cli.GroupRun)
	c.Common(&c.o, "random_seed", "device", "precision", "kernels", "threads")
	c.DefaultText("random_seed", "the resumed run's, else 1")
	c.reportFlags()
}

func (c *call) reportFlags() {
	c.Group(cli.GroupRun)
	c.Common(&c.o, "json", "quiet")
	c.BoolVar(&c.verbose, "verbose", false, "show the log on stderr, too")
}

// common is what the shared flags say. Only what was given is passed on: the zero value leaves the choice to the resumed run.
func (c *call) common() tasks.Common {
	o := &c.o
	out := tasks.Common{
		Device: o.Device, Kernels: o.Kernels, Threads: o.Threads, Precision: o.Precision,
		TaskType: o.TaskType, DataPath: o.DataPath, Data: c.data, Rows: c.rows, Concat: c.concat, Verb: o.Verb, Template: o.Template,
		Backbone: o.Backbone, Mini: mini.FS(), ResumeFrom: o.ResumeFrom, Pretrained: o.Pretrained, SaveTo: o.SaveTo,
		Batch: o.Batch,
	}
	if c.Changed("random_seed") {
		out.Seed = &o.Seed
	}
	if c.Changed("model_type") {
		out.Method = roberta.Method(o.ModelType)
	}
	if c.Changed("prompt_size") {
		out.PromptSize = &o.PromptSize
	}
	out.Progress, out.Log = c.reports()
	return out
}

// reports are the progress and the log of a step.
func (c *call) reports() (progress.Progress, *slog.Logger) {
	p := c.Progress(&c.o)
	level := slog.LevelWarn
	if c.verbose {
		level = slog.LevelInfo
	}
	return p, slog.New(newLog(p, c.o.Quiet, c.Stderr(), level))
}

// freshPart warns that a tuned part lies there and is not loaded.
func (c *call) freshPart(log *slog.Logger) {
	if c.o.ResumeFrom != "" && !c.o.Pretrained {
		log.Warn("without -p the tuned part in " + c.o.ResumeFrom + " is not loaded: this is a fresh one, drawn from the seed")
	}
}

// layerFlags register the layer range [low, high) and return what was given of it.
func (c *call) layerFlags(lowDefault string) func() (low, high *int) {
	var low, high int
	c.IntVar(&low, "low_layer", 0, "`L`: first layer, counted from 0")
	c.IntVar(&high, "high_layer", 0, "`L`: layer behind the last one")
	c.DefaultText("low_layer", lowDefault)
	c.DefaultText("high_layer", "the model's number of layers")
	return func() (*int, *int) { return c.given("low_layer", &low), c.given("high_layer", &high) }
}

// given is the value of a flag that stands in the call, else nil.
func (c *call) given(name string, value *int) *int {
	if c.Changed(name) {
		return value
	}
	return nil
}

// givenFloat is [call.given] of a number.
func (c *call) givenFloat(name string, value *float64) *float64 {
	if c.Changed(name) {
		return value
	}
	return nil
}
