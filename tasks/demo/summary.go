package demo

import (
	"fmt"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Summary is everything in one table.
func (r *Result) Summary() table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("Test accuracy of %s on SST-2, seed %d, %s plan", r.Backbone, r.Seed, r.Plan.Name),
		Columns: []string{"what", "accuracy", "beside", "difference, points [95 %]"},
	}
	t.Add("tuned prompt", percent(r.Train.Test), "commoner label "+tied(percent(r.Train.Majority)), points(r.Train.Test-r.Train.Majority))
	for _, b := range r.Neurons.Best {
		t.Add(fmt.Sprintf("best neuron, %s (layer %d, unit %d)", measures[b.Measure], b.Layer, b.Neuron), percent(b.Test),
			"tuned prompt "+tied(percent(r.Train.Test)), points(b.Test-r.Train.Test))
	}
	for _, c := range r.Curves {
		what := "skill neurons at zero"
		if c.Kind == "gaussian" {
			what = "skill neurons, noisy"
		}
		for _, p := range c.Points {
			t.Add(fmt.Sprintf("top %.0f %% %s", 100*p.Share, what), percent(p.Skill.Value), "random "+tied(percent(p.Random.Value)), p.change())
		}
	}
	full := "full model " + tied(percent(r.Train.Test))
	for _, p := range r.Pruned {
		t.Add(fmt.Sprintf("pruned to %d %%, %s rows", p.Keep, p.Baseline), percent(p.Score.Test.Value), full, change(p.Score.Difference.Difference))
		if p.Further != nil {
			t.Add(fmt.Sprintf("the same, prompt tuned %s further", amount.Of(p.Further.Steps, "step")), percent(p.Further.Score.Test.Value), full,
				change(p.Further.Score.Difference.Difference))
		}
	}
	if len(r.Curves) > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Tuned prompt: 95 %% interval %s.", limits(r.Train.TestInterval)))
		t.Notes = append(t.Notes, fmt.Sprintf("On all test sentences; neurons set to zero or under noise on %s of them (undisturbed there: %s). “none”: the interval contains zero, a null result.",
			amount.Commas(r.Curves[0].Sentences), percent(r.Curves[0].Baseline.Value)))
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
