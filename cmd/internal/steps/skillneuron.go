package steps

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// SkillNeuron runs the binary skillneuron.
func SkillNeuron(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "skillneuron",
		Purpose: "ranks neurons by their predictivity and writes masks of the top ones.",
		Examples: []string{
			"skillneuron --save_to example -a example/sst2/dev_perf",
			"# two trials, by their worse one\nskillneuron --save_to both -a seed1/sst2/dev_perf,seed2/sst2/dev_perf --type min",
			"# a task of three labels, from its two-label parts\nskillneuron --save_to out --task_type mnli -a pn/mnli-pn/dev_perf -aa neu/mnli-neu/dev_perf",
		},
	})
	how := string(tasks.AggregateMean)
	var cfg tasks.RankConfig
	c.Group(cli.GroupWhat)
	c.WordsP(&cfg.Paths, "acc_path", "a", "`FILES`: predictivity, one file a trial, commas between; of NAME-pn with more than two labels")
	c.Words(&cfg.Aux, "acc_aux_path", "`FILES`: predictivity on NAME-neu, for tasks of more than two labels")
	c.ChoiceVar(&how, "type", "how trials become one", string(tasks.AggregateMean), string(tasks.AggregateMin))
	c.Common(&c.o, "save_to", "task_type")
	c.DefaultText("task_type", "read off the first file's directory, else sst2")
	c.reportFlags()
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg.Type, cfg.SaveTo, cfg.TaskType = tasks.Aggregate(how), c.o.SaveTo, c.o.TaskType
	r, err := tasks.Rank(cfg)
	if err != nil {
		return err
	}
	return c.Result(&c.o, r, ranked(r, c.o.SaveTo))
}

func ranked(r *tasks.RankResult, saveTo string) table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("The most predictive of %s (%s of %d), %s", amount.Of(r.Layers*r.Width, "neuron"), amount.Of(r.Layers, "layer"), r.Width, amount.Of(r.Trials, "trial")),
		Columns: []string{"rank", "layer", "neuron", "predictivity"},
	}
	for i, n := range r.Top {
		t.Add(i+1, n.Layer, n.Neuron, score(n.Predictivity))
	}
	last := len(r.Names) - 1
	t.Notes = append(t.Notes,
		fmt.Sprintf("masks %s to %s (share of each layer: none to %d of %d neurons) are in %s", r.Names[0], r.Names[last], r.Counts[last], r.Width, r.Dir),
		next("mask --info_path %s --resume_from %s -p --cmp", tasks.ShellWord(filepath.Join(r.Dir, "0.1")), tasks.ShellWord(saveTo)))
	return t
}
