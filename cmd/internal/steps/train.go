package steps

import (
	"context"
	"fmt"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Train runs the binary train.
func Train(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "train",
		Purpose: "tunes a prompt, the biases or adapters of a RoBERTa on a task.",
		Examples: []string{
			"# a prompt for SST-2, on the built-in backbone\ntrain --task_type sst2 --data_path testdata/sst2 --save_to example --backbone mini --bz 32 --lr 1e-2 --epoch 2 --eval_every_step 50",
			"# go on where it was interrupted\ntrain --resume_from example -p",
			"# a task of your own: train.csv and test.csv with a header\ntrain --task_type custom --data_path DIR --save_to out --columns text --label_column stars --verb bad,good --backbone mini",
		},
	})
	c.o.Batch = tasks.DefaultTrainBatch
	var s tasks.Schedule
	var dropout float64
	var from string
	prompt := promptTuned
	c.Group(cli.GroupWhat)
	c.Common(&c.o, "save_to")
	c.DefaultText("save_to", "--resume_from")
	c.IntVar(&s.Epochs, "epoch", tasks.DefaultEpochs, "`N`: passes over the train split")
	c.Common(&c.o, "batch")
	c.IntVar(&s.EvalEvery, "eval_every_step", tasks.DefaultEvalEvery, "`N`: steps between two evaluations on the dev split; the last step is always evaluated")
	c.Float64Var(&s.LR, "lr", autograd.DefaultHyper.LR, "`RATE`: Adam's learning rate")
	c.Float64Var(&dropout, "dropout", 0, "`P`: dropout in training, frozen layers included")
	c.DefaultText("dropout", "the backbone's own, mostly 0.1")
	c.BoolVar(&s.EarlyStop, "early_stop", false, "stop after 6 evaluations without a better one")
	c.ChoiceVar(&prompt, "prompt", "which prompt: one that is tuned, or, saved and scored without training, a random one as drawn from the seed or a hand-written one (--template)", promptTuned, promptRandom, promptTemplate)
	c.modelFlags()
	c.ChoiceVar(&from, "from", "what -p goes on from: an unfinished run's last step (which is exact) or, once finished, its best part in a new run; best: the best evaluation with its optimizer state", "last", "best")
	c.DefaultText("from", "last")
	c.dataFlags(true)
	c.Common(&c.o, "verb", "template")
	c.runFlags()
	c.Check(func() error {
		if from == "best" && !c.o.Pretrained {
			return cli.Usagef("--from best goes on from an earlier run; add --resume_from DIR -p")
		}
		return nil
	})
	c.Check(func() error { return c.checkPrompt(prompt) })
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg := tasks.TrainConfig{Common: c.common(), Untrained: prompt == promptRandom}
	if prompt == promptTemplate {
		cfg.Method = roberta.Written
	}
	cfg.Batch = 0 // of evaluation: results do not depend on it
	cfg.EarlyStop = s.EarlyStop
	if from == "best" {
		cfg.From = from
	}
	for _, g := range []struct {
		name      string
		to, value *int
	}{{"epoch", &cfg.Epochs, &s.Epochs}, {"batch", &cfg.BatchSize, &c.o.Batch}, {"eval_every_step", &cfg.EvalEvery, &s.EvalEvery}} {
		if c.Changed(g.name) {
			if *g.value < 1 {
				return cli.Usagef("--%s %d: at least 1", g.name, *g.value)
			}
			*g.to = *g.value
		}
	}
	if c.Changed("lr") {
		if !(s.LR > 0) {
			return cli.Usagef("--lr %g: must be positive", s.LR)
		}
		cfg.LR = s.LR
	}
	cfg.Dropout = c.givenFloat("dropout", &dropout)
	c.freshPart(cfg.Log)
	r, err := tasks.Train(ctx, cfg)
	if err != nil {
		return err
	}
	return c.Result(&c.o, r, c.trained(r))
}

// Values of --prompt.
const (
	promptTuned    = "tuned"
	promptRandom   = "random"
	promptTemplate = "template"
)

// checkPrompt refuses flags that contradict --prompt.
func (c *call) checkPrompt(prompt string) error {
	switch {
	case prompt == promptTemplate && c.Changed("model_type") && c.o.ModelType != cli.ModelTemplate:
		return cli.Usagef("--prompt template trains nothing, and --model_type %s does: leave one out (--template goes with %s, too)", c.o.ModelType, c.o.ModelType)
	case prompt == promptTemplate && c.Changed("prompt_size"):
		return cli.Usagef("--prompt template has the size of its words: leave --prompt_size out")
	case prompt == promptRandom && c.o.Template != "":
		return cli.Usagef("--prompt random is a soft prompt, and --template words one: leave one out")
	}
	return nil
}

// untrained is the table of a prompt that was not trained.
func (c *call) untrained(r *tasks.TrainResult) table.Table {
	kind := fmt.Sprintf("a random prompt of %d rows", r.Prompt)
	if r.Template != "" {
		kind = fmt.Sprintf("%q", r.Template)
	}
	t := table.Table{
		Caption: fmt.Sprintf("%s on %s: %s, nothing trained", r.Method, r.Task, kind),
		Columns: []string{"dev", "test"},
	}
	t.Add(score(r.Dev), score(r.Test))
	t.Notes = append(t.Notes, scored(r.Metric, r.Majority),
		fmt.Sprintf("%s/best-backbone.safetensors says how to use it again (%.0f s)", r.Dir, r.Seconds))
	t.Notes = append(t.Notes, c.nextSteps(r)...)
	return t
}

// nextSteps are the probe and, for neurons of a task of more than two labels, its split.
func (c *call) nextSteps(r *tasks.TrainResult) []string {
	steps := []string{next("probe --resume_from %s -p%s --probe_type %s", tasks.ShellWord(r.Dir), c.dataArg(), probeType(r))}
	if r.Labels > 2 && !r.Pruned {
		positive := ""
		if r.Labels > 4 {
			positive = " --positive CLASS"
		}
		steps = append(steps, next("binarize --task_type %s%s%s --save_to DIR", tasks.ShellWord(r.Task), c.dataArg(), positive))
	}
	return steps
}

func (c *call) trained(r *tasks.TrainResult) table.Table {
	if r.Untrained {
		return c.untrained(r)
	}
	t := table.Table{
		Caption: fmt.Sprintf("%s on %s: %s, %s, best at step %d", r.Method, r.Task, amount.Of(r.Trained, "trained parameter"), amount.Of(r.Steps, "step"), r.BestStep),
		Columns: []string{"step", "training loss", "dev"},
	}
	shown := shorten(r.History, r.BestStep)
	if len(shown) < len(r.History) {
		t.Caption += fmt.Sprintf(" (%d of %d evaluations shown)", len(shown), len(r.History))
	}
	for _, p := range shown {
		step := fmt.Sprint(p.Step)
		if p.Step == r.BestStep {
			step += " (best)"
		}
		loss := ""
		if p.Step > r.Continued || p.Loss > 0 {
			loss = fmt.Sprintf("%.4f", p.Loss)
		}
		t.Add(step, loss, score(p.Dev))
	}
	stopped := ""
	if r.EarlyStop {
		stopped = "; stopped early"
	}
	t.Notes = append(t.Notes,
		fmt.Sprintf("best: dev %s, test %s; %s%s", score(r.Dev), score(r.Test), scored(r.Metric, r.Majority), stopped),
		fmt.Sprintf("%s/best-backbone.safetensors is the tuned part (%.0f s)", r.Dir, r.Seconds))
	t.Notes = append(t.Notes, c.nextSteps(r)...)
	return t
}

// shorten keeps some ten of many evaluations: the first, the best, the last and some between.
func shorten(h []tasks.Point, best int) []tasks.Point {
	const most = 10
	if len(h) <= most {
		return h
	}
	var out []tasks.Point
	for i, p := range h {
		if p.Step == best || i == len(h)-1 || i*(most-1)/len(h) != (i-1)*(most-1)/len(h) || i == 0 {
			out = append(out, p)
		}
	}
	return out
}
