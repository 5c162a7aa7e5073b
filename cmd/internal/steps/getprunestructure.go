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

// GetPruneStructure runs the binary getprunestructure.
func GetPruneStructure(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:     "getprunestructure",
		Purpose:  "computes the shape and the parameter count of a pruned model.",
		Examples: []string{"getprunestructure", "getprunestructure --backbone mini --keep 0.1"},
	})
	var cfg tasks.StructureConfig
	keep := tasks.DefaultKeep
	c.o.SaveTo = filepath.Dir(tasks.StructureFile)
	c.Group(cli.GroupWhat)
	c.Float64Var(&keep, "keep", keep, "`SHARE`: of each pruned layer's neurons")
	layers := c.layerFlags("a quarter of the layers")
	c.Common(&c.o, "save_to", "backbone")
	c.DefaultText("backbone", "a built-in configuration of roberta-base")
	c.reportFlags()
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg.Common = c.common()
	cfg.Keep = c.givenFloat("keep", &keep)
	cfg.Low, cfg.High = layers()
	cfg.Out = filepath.Join(c.o.SaveTo, filepath.Base(tasks.StructureFile))
	r, err := tasks.PruneStructure(ctx, cfg)
	if err != nil {
		return err
	}
	t := table.Table{
		Caption: fmt.Sprintf("%s pruned to %s of the neurons", r.Backbone, percent(r.Keep)),
		Columns: []string{"layers", "neurons", "parameters", "before", "share"},
	}
	t.Add(r.Config.NumHiddenLayers, widths(r.Widths), amount.Commas(r.Parameters), amount.Commas(r.Before), percent(r.Share))
	t.Notes = append(t.Notes, "written to "+r.File)
	return c.Result(&c.o, r, t)
}
