package steps

import (
	"context"
	"fmt"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Prune runs the binary prune.
func Prune(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "prune",
		Purpose: "keeps a mask's neurons in the top layers, freezes the others and saves the smaller model.",
		Examples: []string{
			"prune --info_path example/info/sst2/0.02 --ths_path example/sst2/train_avg --save_to example/prune --resume_from example/best-backbone",
			"# a quarter of the neurons of every layer\nprune --info_path example/info/sst2/0.2 --ths_path example/sst2/train_avg --keep 0.25 --low_layer 0 --save_to quarter --resume_from example",
		},
	})
	var cfg tasks.PruneConfig
	keep := tasks.DefaultKeep
	c.Group(cli.GroupWhat)
	c.StringVar(&cfg.Mask, "info_path", "", "`FILE`: the mask of neurons to keep")
	c.StringVar(&cfg.Thresholds, "ths_path", "", "`FILE`: what the others are frozen at, [L, F] or [L, P, F], such as example/sst2/train_avg")
	c.Float64Var(&keep, "keep", keep, "`SHARE`: of each pruned layer's neurons; fewer in the mask are filled up, more are all kept")
	layers := c.layerFlags("a quarter of the layers")
	c.ChoiceVar(&cfg.Compat, "compat", "double_count adds the kept neurons' baseline to the bias too, as the original does", tasks.DoubleCount)
	c.DefaultText("compat", "none")
	c.Common(&c.o, "save_to")
	c.Group(cli.GroupModel)
	c.Common(&c.o, "resume_from", "backbone")
	c.runFlags()
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg.Common = c.common()
	cfg.Keep = c.givenFloat("keep", &keep)
	cfg.Low, cfg.High = layers()
	r, err := tasks.Prune(ctx, cfg)
	if err != nil {
		return err
	}
	return c.Result(&c.o, r, pruned(r))
}

func pruned(r *tasks.PruneResult) table.Table {
	t := table.Table{
		Caption: "The pruned model",
		Columns: []string{"", "before", "after"},
		Rows: [][]string{
			{"parameters", amount.Commas(r.Before), amount.Commas(r.Parameters)},
			{"share", "100 %", percent(r.Share)},
		},
	}
	t.Notes = append(t.Notes, "neurons by layer: "+widths(r.Widths))
	if r.Filled > 0 {
		t.Notes = append(t.Notes, "to reach --keep, the layers are filled up with "+amount.Of(r.Filled, "neuron")+" beside the mask's")
	}
	t.Notes = append(t.Notes,
		fmt.Sprintf("%s/best-backbone.safetensors is the pruned model (%.1f s)", r.Dir, r.Seconds),
		next("probe -p --resume_from %s --model_type %s --probe_type speed", tasks.ShellWord(r.Dir), r.Method))
	return t
}
