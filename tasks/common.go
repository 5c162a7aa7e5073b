package tasks

import (
	"context"
	"io/fs"
	"log/slog"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/hub"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/progress"
)

// Common are the settings that the steps share. The zero value of each means "the resumed run's, else the default".
type Common struct {
	Seed *uint64 // decides everything random; default 1

	Device  string // auto, cpu, cuda:N
	Kernels string // as kernels.Options has it
	Threads int    // 0: all processors
	// Precision of products with weights: float32 (default), or, for steps that read a model, int8 on a CPU, bf16 on a CPU or a GPU, tf32 on a GPU. Prune writes
	// weights and refuses it; Train takes bf16 and tf32 on a GPU: weights that train, and all but products, stay float32.
	Precision string
	Backend   engine.Backend // used instead of Device, Kernels, Threads and Precision where not nil

	TaskType string          // default sst2
	DataPath string          // directory of the task's files
	Data     dataset.Options // how the files are read
	Rows     Rows            // fewer rows, for quick looks
	Concat   bool            // join the texts of a pair as the original does, with nothing between
	Verb     []string        // verbalizer words, one entry a label, several words of a label with | between; one word alone: random tokens
	Template string          // a hand-written prompt, see [dataset.ParseTemplate]; goes with every method but a soft prompt

	Backbone   string         // default roberta-base
	Mini       fs.FS          // what --backbone mini opens; nil in programs built without it
	Model      *roberta.Model // used instead of everything that says which model, where not nil; see [Common.Tuned]
	Tuned      roberta.Tuned  // describes Model
	Method     roberta.Method // default RobertaPrompt; RobertaTemplate where only a Template is given
	PromptSize *int           // default 16
	ResumeFrom string         // a directory with a tuned part
	Pretrained bool           // load the tuned part
	SaveTo     string         // default ResumeFrom
	Batch      int            // sentences a batch; default 16

	Progress progress.Progress
	Log      *slog.Logger
}

// Concat is the --compat value that sets [Common.Concat].
const Concat = "concat"

// Rows limits the splits to seeded random parts; 0 means all.
type Rows struct{ Train, Dev, Test int }

// Defaults of [Common].
const (
	DefaultSeed       = 1
	DefaultTask       = "sst2"
	DefaultBackbone   = "roberta-base"
	DefaultPromptSize = 16
	DefaultBatch      = 16
)

// Ptr is a pointer to x, for the optional settings.
func Ptr[T any](x T) *T { return &x }

// UsageError is a wrong call, as opposed to a run that failed: binaries exit with status 2.
type UsageError = dataset.UsageError

func usagef(format string, args ...any) error { return dataset.Usagef(format, args...) }

func (c *Common) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}

func (c *Common) progress() progress.Progress { return progress.Or(c.Progress) }

func (c *Common) batch() int {
	if c.Batch > 0 {
		return c.Batch
	}
	return DefaultBatch
}

// sources are what backbones come from; models of the hub are downloaded where the local cache lacks them.
func (c *Common) sources(ctx context.Context) roberta.SourceOptions {
	return Sources(ctx, c.Mini, c.Progress, c.Log)
}

// Sources opens the built-in backbone, directories, and models of the Hugging Face hub, which are downloaded where the local cache lacks them. Any
// argument but ctx may be nil.
func Sources(ctx context.Context, mini fs.FS, p progress.Progress, log *slog.Logger) roberta.SourceOptions {
	opt := roberta.SourceOptions{Mini: mini, Context: ctx}
	c, err := hub.New()
	if err != nil {
		return opt // no home directory: opening a model says so
	}
	c.Progress, c.Log = progress.Or(p), log
	opt.Hub = c
	return opt
}

func (c *Common) backend() (engine.Backend, error) {
	if c.Backend != nil {
		return c.Backend, nil
	}
	return kernels.Open(c.Device, kernels.Options{Threads: c.Threads, Kernels: c.Kernels, Precision: c.Precision})
}

// precision is what a backend multiplies with weights in.
func precision(be engine.Backend) string {
	if b, ok := be.(interface{ Precision() string }); ok {
		return b.Precision()
	}
	return kernels.Float32
}

// writesWeights refuses other precisions than float32 for a step whose weights others will use; but for training where the backend computes gradients in it.
func (c *Common) writesWeights(step string) error {
	be := c.Backend
	if be == nil && c.Model != nil {
		be = c.Model.Backend()
	}
	p, trains := c.Precision, kernels.Trains(c.Device, c.Precision)
	if be != nil {
		p = precision(be)
		t, ok := be.(engine.Trainer)
		trains = ok && t.Trains()
	}
	if p == "" || p == kernels.Float32 || step == "train" && trains {
		return nil
	}
	if step == "train" && p != kernels.Int8 {
		return usagef("--precision %s is not for a CPU to %s in: leave it out here, give it to the steps that use the result, or train on a GPU (--device cuda:N)", p, step)
	}
	return usagef("--precision %s is for inference, and %s computes weights: leave it out here, and give it to the steps that use the result", p, step)
}
