package demo

import (
	"context"
	"fmt"
	"math"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

func (d *demo) tune(ctx context.Context) error {
	p := d.r.Plan
	d.heading("Tuning a prompt", "Trained vectors stand before each sentence; the backbone stays as it is. The class whose word (negative, positive) is likelier at <mask> wins.")
	r, err := tasks.Train(ctx, tasks.TrainConfig{Common: d.common(), Schedule: d.schedule(p.Epochs, p.EvalEvery)})
	if err != nil {
		return err
	}
	n := d.test().Len()
	d.r.Train = Training{TrainResult: r, TestInterval: stats.Wilson(int(math.Round(r.Test*float64(n))), n)}
	d.r.Labels = d.words()
	d.text(fmt.Sprintf("Test accuracy %s (95 %% interval %s) with %s trained numbers; always saying the commoner label reaches %s.",
		percent(r.Test), limits(d.r.Train.TestInterval), amount.Commas(r.Trained), percent(r.Majority)))

	curve := report.TrainingCurve{Metric: "accuracy", Majority: d.data.Dev.Subset(p.Dev, *d.Seed).Majority(d.data.Task.Labels)}
	for i, x := range r.Losses {
		curve.Steps, curve.Loss = append(curve.Steps, float64(i+1)), append(curve.Loss, x)
	}
	for _, h := range r.History {
		curve.DevSteps, curve.Dev = append(curve.DevSteps, float64(h.Step)), append(curve.Dev, h.Dev)
	}
	d.figs.training = curve
	return nil
}

// words are the labels' names: the first word of each.
func (d *demo) words() []string {
	var out []string
	for _, w := range d.data.Task.Words {
		out = append(out, w[0])
	}
	return out
}
