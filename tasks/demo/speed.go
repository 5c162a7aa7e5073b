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
	d.heading("What pruning gains", fmt.Sprintf("Test sentences, tokenisation included, %d times each in turns, each after a warm-up; the median counts.", d.r.Plan.SpeedRuns))
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
		return tasks.Measure(ctx, c, 1)
	}
	// In turns, so that what else the machine does meets both.
	var runs [2][]*tasks.Speed
	for range max(1, d.r.Plan.SpeedRuns) {
		for i, dir := range []string{d.Dir, small.Dir} {
			s, err := timed(dir)
			if err != nil {
				return err
			}
			runs[i] = append(runs[i], s)
		}
	}
	full, pruned := joined(runs[0]), joined(runs[1])
	d.r.Speed = Speeds{
		Full: full, Pruned: pruned, Keep: small.Keep, Ratio: full.Median / pruned.Median,
		Low: slices.Min(full.Total) / slices.Max(pruned.Total), High: slices.Max(full.Total) / slices.Min(pruned.Total),
	}
	d.text(d.r.Speed.String())
	return nil
}

// joined are several measurements as one.
func joined(runs []*tasks.Speed) *tasks.Speed {
	s := *runs[0]
	for _, r := range runs[1:] {
		s.Score, s.Total = append(s.Score, r.Score...), append(s.Total, r.Total...)
		s.Tokenise, s.Forward = append(s.Tokenise, r.Tokenise...), append(s.Forward, r.Forward...)
	}
	sorted := slices.Sorted(slices.Values(s.Total))
	s.Median = sorted[len(sorted)/2]
	s.Spread = (sorted[len(sorted)-1] - sorted[0]) / s.Median
	s.Rate = float64(s.Sentences) / s.Median
	return &s
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
