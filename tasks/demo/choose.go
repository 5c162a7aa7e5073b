package demo

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/skillneuron/skillneuron/tasks"
)

// trial is the number of training steps that the machine's speed is taken from, the first left out: it takes memory.
const trial = 7

// choose settles the plan: the one asked for, or the largest that should fit the time, by a few training steps in a folder thrown away.
func (d *demo) choose(ctx context.Context) error {
	if d.Plan != nil {
		d.r.Plan, d.r.Chosen = *d.Plan, "asked for"
		d.say("\nPlan: %s, asked for.", d.r.Plan.Name)
		return nil
	}
	step, err := d.timeStep(ctx)
	if err != nil {
		return err
	}
	s := Sizes{d.data.Train.Len(), d.data.Dev.Len(), d.data.Test.Len()}
	d.r.Plan = Choose(step, s)
	d.r.Chosen = fmt.Sprintf("a training step takes %.2f s here, so the %s plan should take %s; rule: the largest of standard, short and brief that should take %s at most",
		step, d.r.Plan.Name, seconds(d.r.Plan.Steps(s)*step), seconds(Limit))
	d.say("")
	d.text(fmt.Sprintf("Plan: %s.", d.r.Chosen))
	return nil
}

func (d *demo) timeStep(ctx context.Context) (float64, error) {
	dir, err := os.MkdirTemp("", "skillneuron-trial-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	clock := &stepClock{}
	c := d.common()
	c.SaveTo, c.Progress = dir, clock
	c.Rows = tasks.Rows{Train: trial * batchSize, Dev: batchSize, Test: batchSize}
	if _, err := tasks.Train(ctx, tasks.TrainConfig{Common: c, Schedule: d.schedule(1, trial)}); err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, err
	}
	return clock.step(), nil
}

// stepClock is a progress that notes when steps ended.
type stepClock struct{ ends []time.Time }

func (c *stepClock) Start(string, int, string) { c.ends = nil }
func (c *stepClock) Add(n int) {
	if n > 0 {
		c.ends = append(c.ends, time.Now())
	}
}
func (c *stepClock) Note(string) {}
func (c *stepClock) Done()       {}

// step is the median of the seconds that steps took: a machine may be busy for a moment.
func (c *stepClock) step() float64 {
	var took []float64
	for i := 1; i < len(c.ends); i++ {
		took = append(took, c.ends[i].Sub(c.ends[i-1]).Seconds())
	}
	if took == nil {
		return 0
	}
	slices.Sort(took)
	return took[(len(took)-1)/2]
}

// schedule is how every prompt of the demo is tuned.
func (d *demo) schedule(epochs, every int) tasks.Schedule {
	return tasks.Schedule{Epochs: epochs, BatchSize: batchSize, EvalEvery: every, LR: rate, Dropout: tasks.Ptr(0.0)}
}
