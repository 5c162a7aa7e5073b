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

// Mask runs the binary mask.
func Mask(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "mask",
		Purpose: "perturbs neurons and scores the test split.",
		Examples: []string{
			"mask --info_path example/info/sst2/0.1 --resume_from example -p --data_path testdata/sst2 --cmp",
			"# a curve, against ten draws of random neurons\nmask --info_path example/info/sst2/0.02,example/info/sst2/0.1,example/info/sst2/0.2 --type zero --resume_from example -p --data_path testdata/sst2 --cmp --draws 10",
		},
	})
	cfg := tasks.PerturbConfig{Type: "gaussian"}
	alpha := tasks.DefaultAlpha
	c.Group(cli.GroupWhat)
	c.Words(&cfg.Masks, "info_path", "`FILES`: masks that skillneuron wrote, commas between")
	c.ChoiceVar(&cfg.Type, "type", "add noise, set to zero, or set to --ths_path", "gaussian", "zero", "mean")
	c.Float64Var(&alpha, "alpha", alpha, "`SD`: standard deviation of the noise")
	c.StringVar(&cfg.Deviations, "deviations", "", "`FILE`: one deviation a neuron, [L, F] or [L, P, F]; --alpha then counts in units of it")
	c.StringVar(&cfg.Thresholds, "ths_path", "", "`FILE`: what --type mean sets neurons to, such as example/sst2/train_avg")
	layers := c.layerFlags("0")
	c.BoolVar(&cfg.Cmp, "cmp", false, "repeat with as many random neurons of each layer")
	c.IntVar(&cfg.Draws, "draws", 1, "`N`: random draws of --cmp")
	c.Common(&c.o, "save_to", "batch")
	c.DefaultText("save_to", "--resume_from")
	c.modelFlags()
	c.dataFlags(true)
	c.Common(&c.o, "verb", "template")
	c.runFlags()
	c.Check(func() error {
		switch {
		case cfg.Draws < 1:
			return cli.Usagef("--draws %d: at least 1", cfg.Draws)
		case c.Changed("draws") && !cfg.Cmp:
			return cli.Usagef("--draws counts the draws of --cmp; add --cmp")
		}
		return nil
	})
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg.Common = c.common()
	cfg.Alpha = c.givenFloat("alpha", &alpha)
	cfg.Low, cfg.High = layers()
	c.freshPart(cfg.Log)
	r, err := tasks.Perturb(ctx, cfg)
	if err != nil {
		return err
	}
	return c.Result(&c.o, r, perturbed(r, &cfg))
}

func perturbed(r *tasks.PerturbResult, cfg *tasks.PerturbConfig) table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("%s on the test split while neurons are perturbed (%s)", r.Task, r.Type),
		Columns: []string{"mask", "share", "neurons", "score"},
	}
	switch {
	case cfg.Cmp && cfg.Draws > 1:
		t.Columns = append(t.Columns, "random, mean", "least", "most")
	case cfg.Cmp:
		t.Columns = append(t.Columns, "random")
	}
	for _, m := range r.Masks {
		cells := []any{m.Mask, percent(m.Share), amount.Commas(m.Neurons), score(m.Score)}
		if cfg.Cmp {
			mean, least, most := spread(m.Cmp)
			cells = append(cells, score(mean))
			if cfg.Draws > 1 {
				cells = append(cells, score(least), score(most))
			}
		}
		t.Add(cells...)
	}
	written := "mask_perf.json"
	if cfg.Cmp {
		written += ", cmp_perf.json"
	}
	t.Notes = append(t.Notes, scored(r.Metric, r.Majority), fmt.Sprintf("written to %s: %s (%.1f s)", r.Dir, written, r.Seconds))
	if !cfg.Cmp {
		t.Notes = append(t.Notes, "next: the same with --cmp, to compare with as many random neurons")
	} else {
		t.Notes = append(t.Notes, next("prune --info_path %s --ths_path %s --resume_from %s --save_to %s",
			tasks.ShellWord(filepath.Join(filepath.Dir(cfg.Masks[0]), "0.02")), tasks.ShellWord(filepath.Join(r.Dir, r.Task, "train_avg")), tasks.ShellWord(r.Dir), tasks.ShellWord(filepath.Join(r.Dir, "prune"))))
	}
	return t
}

func spread(x []float64) (mean, least, most float64) {
	least, most = x[0], x[0]
	for _, v := range x {
		mean += v / float64(len(x))
		least, most = min(least, v), max(most, v)
	}
	return mean, least, most
}
