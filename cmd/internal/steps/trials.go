package steps

import (
	"context"
	"fmt"
	"strconv"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report/table"
	"github.com/skillneuron/skillneuron/tasks/trials"
)

// Trials runs the binary trials.
func Trials(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "trials",
		Purpose: "runs a task of two, three or four labels through every step, over several seeds; the same command goes on where it was stopped.",
		Examples: []string{
			"# three labels: split in two, tuned, probed, ranked together, perturbed, pruned\ntrials --task_type tweet_eval --data_path DIR --backbone mini --trials 3 --save_to tweets --bz 32 --lr 1e-2 --epoch 1",
		},
	})
	c.o.Batch = tasks.DefaultTrainBatch
	c.o.Seed = tasks.DefaultSeed
	cfg := trials.Config{}
	var s tasks.Schedule
	var dropout, alpha float64
	var shares []string
	prompts := string(trials.OwnPrompts)
	c.Group(cli.GroupWhat)
	c.Common(&c.o, "save_to")
	c.IntVar(&cfg.Trials, "trials", 1, "`N`: seeds, counted on from --random_seed")
	c.ChoiceVar(&prompts, "prompts", "under which prompt the neurons of the two-label parts are probed: each part's own, as in the original's README, or the whole task's, as in the paper",
		string(trials.OwnPrompts), string(trials.WholePrompts))
	c.IntVar(&s.Epochs, "epoch", tasks.DefaultEpochs, "`N`: passes over the train split")
	c.Common(&c.o, "batch")
	c.IntVar(&s.EvalEvery, "eval_every_step", tasks.DefaultEvalEvery, "`N`: steps between two evaluations on the dev split")
	c.Float64Var(&s.LR, "lr", autograd.DefaultHyper.LR, "`RATE`: Adam's learning rate")
	c.Float64Var(&dropout, "dropout", 0, "`P`: dropout in training, frozen layers included")
	c.DefaultText("dropout", "the backbone's own, mostly 0.1")
	c.BoolVar(&s.EarlyStop, "early_stop", false, "stop tuning after 6 evaluations without a better one")
	c.Words(&shares, "shares", "`K,…`: percent of the neurons to perturb, 0 to 20")
	c.DefaultText("shares", "0,2,5,10,20")
	c.ChoiceVar(&cfg.Type, "type", "how neurons are perturbed: noise is added, or they are set to zero or to their average", "gaussian", "zero", "mean")
	c.Float64Var(&alpha, "alpha", tasks.DefaultAlpha, "`SD`: standard deviation of the noise")
	c.IntVar(&cfg.Draws, "draws", 1, "`N`: random draws beside each mask")
	c.IntVar(&cfg.Keep, "keep_percent", 2, "`K`: percent of the neurons that the pruned model keeps in its upper layers")
	c.Group(cli.GroupModel)
	c.Common(&c.o, "backbone", "prompt_size")
	c.DefaultText("backbone", "roberta-base")
	c.dataFlags(true)
	c.DefaultText("task_type", "the task file's, else sst2")
	c.Common(&c.o, "verb")
	c.Group(cli.GroupRun)
	c.Common(&c.o, "random_seed", "device", "kernels", "threads")
	c.reportFlags()
	c.Check(func() error {
		for name, n := range map[string]int{"trials": cfg.Trials, "draws": cfg.Draws, "keep_percent": cfg.Keep} {
			if n < 1 {
				return cli.Usagef("--%s %d: at least 1", name, n)
			}
		}
		for _, word := range shares {
			n, err := strconv.Atoi(word)
			if err != nil {
				return cli.Usagef("--shares: %q is not a whole number of percent", word)
			}
			cfg.Shares = append(cfg.Shares, n)
		}
		return nil
	})
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg.Common = c.common()
	cfg.Seed, cfg.PromptSize = &c.o.Seed, &c.o.PromptSize
	cfg.Common.Batch = tasks.DefaultBatch
	s.BatchSize, s.Dropout = c.o.Batch, c.givenFloat("dropout", &dropout)
	cfg.Schedule, cfg.Alpha, cfg.Prompts = s, c.givenFloat("alpha", &alpha), trials.Prompts(prompts)
	if !c.Changed("type") {
		cfg.Type = ""
	}
	r, err := trials.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return c.Result(&c.o, r, tried(r), curved(r))
}

// tried is the table of the seeds.
func tried(r *trials.Result) table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("%s, %s, on %s: %s", r.Task, amount.Of(r.Labels, "label"), r.Backbone, amount.Of(len(r.Trials), "seed")),
		Columns: []string{"seed", "dev", "test"},
	}
	for _, p := range r.Trials[0].Parts {
		if p.Task != r.Task {
			t.Columns = append(t.Columns, p.Task)
		}
		t.Columns = append(t.Columns, "best neuron")
	}
	t.Columns = append(t.Columns, "pruned")
	for _, trial := range r.Trials {
		cells := []any{trial.Seed, score(trial.Dev), score(trial.Test)}
		for _, p := range trial.Parts {
			switch {
			case p.Task != r.Task && p.Test == 0:
				cells = append(cells, "")
			case p.Task != r.Task:
				cells = append(cells, score(p.Test))
			}
			cells = append(cells, score(p.Best.Test))
		}
		t.Add(append(cells, score(trial.Pruned))...)
	}
	t.Notes = append(t.Notes, scored(r.Metric, r.Majority)+"; a best neuron is chosen on dev, and its accuracy is test's",
		fmt.Sprintf("the pruned models keep %d %% of the neurons in their upper layers, %s of the parameters; mean test score %s, whole %s", r.Keep, percent(r.Share), score(r.Pruned), score(r.Test)))
	return t
}

// curved is the table of perturbed shares.
func curved(r *trials.Result) table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("Test score while neurons are perturbed (%s), mean over the seeds", r.Perturb),
		Columns: []string{"share", "neurons", "skill", "least", "most", "random", "least", "most"},
	}
	for _, p := range r.Curve {
		t.Add(percent(p.Share), amount.Commas(p.Neurons), score(p.Skill.Mean), score(p.Skill.Least), score(p.Skill.Most), score(p.Random.Mean), score(p.Random.Least), score(p.Random.Most))
	}
	done := ""
	if r.Resumed > 0 {
		done = "; " + amount.Of(r.Resumed, "step") + " had been done before"
	}
	t.Notes = append(t.Notes, fmt.Sprintf("all in %s: %s (%.0f s%s)", r.Dir, trials.StateFile, r.Seconds, done))
	return t
}
