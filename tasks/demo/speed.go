package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/skillneuron/skillneuron/tasks"
)

// speed times the classification of test sentences by the full and by the smallest pruned model.
func (d *demo) speed(ctx context.Context) error {
	if len(d.r.Pruned) == 0 {
		return nil
	}
	d.heading("What pruning gains", fmt.Sprintf("Test sentences, tokenisation included, %d times after a warm-up; the median counts.", d.r.Plan.SpeedRuns))
	small := d.r.Pruned[0]
	for _, p := range d.r.Pruned {
		if p.Keep < small.Keep {
			small = p
		}
	}
	timed := func(dir string) (*tasks.Speed, error) {
		c := d.tuned(dir)
		if d.r.Plan.Timed > 0 {
			c.Rows.Test = d.r.Plan.Timed
		}
		return tasks.Measure(ctx, c, d.r.Plan.SpeedRuns)
	}
	full, err := timed(d.Dir)
	if err != nil {
		return err
	}
	pruned, err := timed(small.Dir)
	if err != nil {
		return err
	}
	d.r.Speed = Speeds{
		Full: full, Pruned: pruned, Keep: small.Keep, Ratio: full.Median / pruned.Median,
		Low: slices.Min(full.Total) / slices.Max(pruned.Total), High: slices.Max(full.Total) / slices.Min(pruned.Total),
	}
	d.text(d.r.Speed.String())
	return nil
}

// String says the comparison in a sentence.
func (s Speeds) String() string {
	if s.Full == nil {
		return "not measured"
	}
	return fmt.Sprintf("The full model does %.0f sentences/s, with %d %% of the neurons %.0f: %.2f times as fast (between %.2f and %.2f over all pairs of runs).",
		s.Full.Rate, s.Keep, s.Pruned.Rate, s.Ratio, s.Low, s.High)
}

// speedup is a pruned model's, if it was measured.
func (d *demo) speedup(p Pruned) float64 {
	if p.Keep == d.r.Speed.Keep && p.Baseline == baselines[0].name {
		return d.r.Speed.Ratio
	}
	return 0
}
