package demo

import (
	"context"
	"fmt"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/tasks/report"
	"github.com/skillneuron/skillneuron/tasks/report/table"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

// baselines are the two ways to freeze a neuron that goes: at its average over the prompt's rows, as in the paper, or over the sentence's.
var baselines = []struct{ name, file, suffix string }{
	{"prompt", "train_avg.npy", ""},
	{"sentence", "train_mean_avg.npy", "-mean"},
}

func (d *demo) prune(ctx context.Context) error {
	low := len(d.grid) / 4
	d.heading("Keeping only them", fmt.Sprintf("In layers %d to %d of 0 to %d only the top skill neurons stay; every other one is frozen at its average and melts into a bias.",
		low, len(d.grid)-1, len(d.grid)-1))
	full, err := d.answers(ctx, d.Dir, "full model")
	if err != nil {
		return err
	}
	for _, b := range baselines {
		for _, keep := range d.r.Plan.Keep {
			p, err := d.pruneTo(ctx, full, b.name, b.file, fmt.Sprintf("prune-%d%s", keep, b.suffix), keep)
			if err != nil {
				return err
			}
			d.r.Pruned = append(d.r.Pruned, *p)
		}
	}
	for i := range d.r.Pruned {
		p := &d.r.Pruned[i]
		for _, keep := range d.r.Plan.FurtherKeep {
			if p.Keep == keep {
				if err := d.further(ctx, full, p); err != nil {
					return err
				}
			}
		}
	}
	d.table(d.pruneTable())
	return nil
}

func (d *demo) pruneTo(ctx context.Context, full []bool, rows, file, dir string, keep int) (*Pruned, error) {
	mask := d.share(keep)
	if keep > 20 { // skillneuron's files end there
		mask = d.path("keep", tasks.ShareName(keep)+".npy")
		m := d.grid.mask(keep)
		if err := makeDir(d.path("keep")); err != nil {
			return nil, err
		}
		if err := npy.Write(mask, []int{m.L, m.F}, m.Bits); err != nil {
			return nil, err
		}
	}
	c := d.tuned(d.Dir)
	c.SaveTo = d.path(dir)
	r, err := tasks.Prune(ctx, tasks.PruneConfig{Common: c, Mask: mask, Thresholds: d.path(task, file), Keep: tasks.Ptr(float64(keep) / 100)})
	if err != nil {
		return nil, err
	}
	p := &Pruned{Baseline: rows, Keep: keep, Dir: r.Dir, Widths: r.Widths, Parameters: r.Parameters, Share: r.Share}
	p.Score, err = d.against(ctx, full, p.Dir, fmt.Sprintf("%d %% kept, %s rows", keep, rows))
	return p, err
}

// further tunes a pruned model's prompt on a seeded part of the train split.
func (d *demo) further(ctx context.Context, full []bool, p *Pruned) error {
	c := d.tuned(p.Dir)
	c.SaveTo = p.Dir + "-tuned"
	c.Rows.Train = d.r.Plan.Further
	n := d.data.Train.Subset(d.r.Plan.Further, *d.Seed).Len()
	steps := (n + batchSize - 1) / batchSize
	r, err := tasks.Train(ctx, tasks.TrainConfig{Common: c, Schedule: d.schedule(1, (steps+1)/2)})
	if err != nil {
		return err
	}
	p.Further = &FurtherRun{Dir: c.SaveTo, Steps: r.Steps, Dev: r.Dev, Seconds: r.Seconds}
	p.Further.Score, err = d.against(ctx, full, c.SaveTo, fmt.Sprintf("%d %% kept, %s rows, tuned further", p.Keep, p.Baseline))
	return err
}

func (d *demo) against(ctx context.Context, full []bool, dir, what string) (Against, error) {
	right, err := d.answers(ctx, dir, what)
	if err != nil {
		return Against{}, err
	}
	return Against{Test: wilson(right), Difference: stats.Pair(right, full)}, nil
}

// answers says which test sentences a saved model gets right.
func (d *demo) answers(ctx context.Context, dir, what string) ([]bool, error) {
	c, err := tasks.LoadClassifier(dir, tasks.ClassifierOptions{Mini: d.Mini, Backend: d.be})
	if err != nil {
		return nil, err
	}
	ex := d.test().Examples
	d.Progress.Start("test, "+what, len(ex), "sentences")
	defer d.Progress.Done()
	out := make([]bool, 0, len(ex))
	for lo := 0; lo < len(ex); lo += batchSize {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var texts []string
		for _, e := range ex[lo:min(lo+batchSize, len(ex))] {
			texts = append(texts, e.Text)
		}
		answers, err := c.Classify(texts...)
		if err != nil {
			return nil, err
		}
		for i, a := range answers {
			out = append(out, a.Label == ex[lo+i].Label)
		}
		d.Progress.Add(len(texts))
	}
	return out, nil
}

func (d *demo) pruneTable() table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("Test accuracy after pruning; the full model has %s", percent(d.r.Train.Test)),
		Columns: []string{"pruned to, frozen at the average of", "parameters", "accuracy", "to full, points"},
	}
	for _, p := range d.r.Pruned {
		what := fmt.Sprintf("keep %d %%, %s rows", p.Keep, p.Baseline)
		size := tied(fmt.Sprintf("%s (%.0f %%)", millions(p.Parameters), 100*p.Share))
		t.Add(what, size, percent(p.Score.Test.Value), change(p.Score.Difference.Difference))
		if f := p.Further; f != nil {
			t.Add(fmt.Sprintf("%s, tuned %s further", what, amount.Of(f.Steps, "step")), size, percent(f.Score.Test.Value), change(f.Score.Difference.Difference))
		}
	}
	t.Notes = append(t.Notes, "Brackets: 95 % intervals, paired by sentence. The paper freezes at the average over the prompt's rows.")
	return t
}

func (d *demo) pruneFigure() report.PruneScores {
	out := report.PruneScores{
		Metric: "accuracy", Full: d.r.Train.Test, Majority: d.r.Train.Majority,
		Split: fmt.Sprintf("%s; layers %d to %d of 0 to %d pruned", amount.Of(d.test().Len(), "test sentence"), len(d.grid)/4, len(d.grid)-1, len(d.grid)-1),
	}
	for m, b := range baselines {
		before := report.PruneSeries{Name: "average over " + b.name + " rows", Method: m}
		after := report.PruneSeries{Name: b.name + " rows, tuned further", Method: m, Tuned: true}
		for _, p := range d.r.Pruned {
			if p.Baseline != b.name {
				continue
			}
			i := p.Score.Test
			before.Points = append(before.Points, report.PrunePoint{Keep: float64(p.Keep) / 100, Score: i.Value, Low: i.Low, High: i.High, Speedup: d.speedup(p)})
			if p.Further != nil {
				i := p.Further.Score.Test
				after.Points = append(after.Points, report.PrunePoint{Keep: float64(p.Keep) / 100, Score: i.Value, Low: i.Low, High: i.High})
			}
		}
		out.Series = append(out.Series, before)
		if len(after.Points) > 0 {
			out.Series = append(out.Series, after)
		}
	}
	return out
}
