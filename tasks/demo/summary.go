package demo

import (
	"fmt"

	"github.com/skillneuron/skillneuron/tasks/report/table"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

// Summary is everything in one table.
func (r *Result) Summary() table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("%s on SST-2, seed %d, %s plan", r.Backbone, r.Seed, r.Plan.Name),
		Columns: []string{"what", "accuracy", "difference, points", "95 % interval"},
	}
	row := func(what string, score float64, diff *stats.Interval, interval string) {
		cell := "–"
		if diff != nil {
			cell, interval = points(diff.Value), fmt.Sprintf("%s to %s", points(diff.Low), points(diff.High))
		}
		t.Add(what, percent(score), cell, interval)
	}
	row("always the commoner label", r.Train.Majority, nil, "–")
	row("tuned prompt", r.Train.Test, nil, limits(r.Train.TestInterval)+" %")
	for _, b := range r.Neurons.Best {
		row(fmt.Sprintf("best single neuron, %s (layer %d, unit %d)", measures[b.Measure], b.Layer, b.Neuron), b.Test, nil, "–")
	}
	for _, c := range r.Curves {
		what := "set to zero"
		if c.Kind == "gaussian" {
			what = "noisy"
		}
		for _, p := range c.Points {
			d := p.Difference
			row(fmt.Sprintf("%.0f %% skill neurons %s; difference to random", 100*p.Share, what), p.Skill.Value, &d, "")
			if p.Null() {
				t.Rows[len(t.Rows)-1][3] += " (none)"
			}
			row(fmt.Sprintf("%.0f %% random neurons %s", 100*p.Share, what), p.Random.Value, nil, limits(p.Random)+" %")
		}
	}
	for _, p := range r.Pruned {
		d := p.Score.Difference.Difference
		row(fmt.Sprintf("pruned to %d %%, %s rows; difference to full", p.Keep, p.Baseline), p.Score.Test.Value, &d, "")
		if p.Further != nil {
			d := p.Further.Score.Difference.Difference
			row(fmt.Sprintf("the same, prompt tuned further (%d steps)", p.Further.Steps), p.Further.Score.Test.Value, &d, "")
		}
	}
	if len(r.Curves) > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Test sentences: all, but %s for disturbed neurons (undisturbed there: %s). “none”: the interval contains no difference, a null result.",
			count(r.Curves[0].Sentences), percent(r.Curves[0].Baseline.Value)))
	}
	if r.Speed.Full != nil {
		t.Notes = append(t.Notes, "Speed: "+r.Speed.String())
	}
	t.Notes = append(t.Notes, r.Note)
	return t
}

// times are the stages with the time they took.
func (r *Result) times() table.Table {
	t := table.Table{Columns: []string{"stage", "time"}}
	for _, s := range r.Stages {
		t.Add(s.Name, seconds(s.Seconds))
	}
	t.Add("all", seconds(r.Seconds))
	return t
}
