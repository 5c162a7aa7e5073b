package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/tasks/report"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// measures are the probe's names in words.
var measures = map[string]string{
	"acc": "at a prompt row", "acc_mean": "mean over the sentence", "acc_max": "maximum over the sentence",
}

func (d *demo) probe(ctx context.Context) error {
	d.heading("Asking every neuron", "A neuron's predictivity is the accuracy of guessing the label from whether its activation exceeds its average. The best are the skill neurons.")
	c := d.tuned(d.Dir)
	if d.r.Plan.Probed > 0 {
		c.Rows.Train = d.r.Plan.Probed
	}
	r, err := tasks.Probe(ctx, tasks.ProbeConfig{Common: c, Type: tasks.ProbeAll})
	if err != nil {
		return err
	}
	perf := d.path(task, "dev_perf.npy")
	if d.grid, err = readGrid(perf, d.path(task, "train_avg.npy")); err != nil {
		return err
	}
	if _, err := tasks.Rank(tasks.RankConfig{Paths: []string{perf}, TaskType: task, SaveTo: d.Dir}); err != nil {
		return err
	}
	var flat []float64
	for _, layer := range d.grid.predictivity() {
		flat = append(flat, layer...)
	}
	slices.Sort(flat)
	dev := d.data.Dev.Subset(d.r.Plan.Dev, *d.Seed)
	d.r.Neurons = Neurons{
		Count: len(flat), Layers: len(d.grid), Width: len(d.grid[0]), Majority: dev.Majority(d.data.Task.Labels),
		Median: quantile(flat, 0.5), Top1: quantile(flat, 0.99), Best: r.Best, Top: d.grid.top(10),
	}
	t := table.Table{
		Caption: fmt.Sprintf("The best of %s neurons by three ways to read them: chosen on dev, so its test accuracy is the honest one", amount.Commas(len(flat))),
		Columns: []string{"activation read", "neuron", "dev", "test"},
	}
	for _, b := range r.Best {
		t.Add(measures[b.Measure], fmt.Sprintf("layer %d, unit %d", b.Layer, b.Neuron), percent(b.Dev), percent(b.Test))
	}
	t.Notes = append(t.Notes, fmt.Sprintf("Half of all neurons lie below %s on dev, 99 %% below %s. The whole model: %s on test.",
		percent(d.r.Neurons.Median), percent(d.r.Neurons.Top1), percent(d.r.Train.Test)))
	d.table(t)
	return d.histograms(ctx, r.Best[0])
}

// histograms draws the best neuron's activations on test, and the predictivity of all neurons.
func (d *demo) histograms(ctx context.Context, b tasks.BestNeuron) error {
	if _, err := tasks.Probe(ctx, tasks.ProbeConfig{Common: d.tuned(d.Dir), Type: tasks.ProbePos, Layer: b.Layer, Pos: b.Neuron}); err != nil {
		return err
	}
	shape, x, err := npy.Read[float32](d.path(task, "pos_test", fmt.Sprintf("%d,%d.npy", b.Layer, b.Neuron)))
	if err != nil {
		return err
	}
	h := report.ActivationHistogram{
		Layer: b.Layer, Index: b.Neuron, Where: fmt.Sprintf("prompt row %d", b.Row), Threshold: float64(b.Threshold), Accuracy: b.Test, Split: "test",
	}
	copy(h.Labels[:], d.words())
	for i, e := range d.test().Examples {
		h.Values[e.Label] = append(h.Values[e.Label], float64(x[i*shape[1]+b.Row]))
	}
	d.figs.activation = h
	d.figs.predictivity = report.PredictivityHistogram{
		Series: []report.PredictivitySeries{{Name: "prompt", Layers: d.grid.predictivity()}}, Chance: d.r.Neurons.Majority, Split: "dev",
	}
	d.figs.layers = report.LayerPredictivity{Layers: d.grid.predictivity(), Split: "dev"}
	return nil
}
