package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// pipeline is the whole method on SST-2 with the mini backbone, each step as its binary calls it: models are loaded, sentences tokenised and files written
// within the time. The stages: tune one epoch, probe all, rank and perturb with each of the 21 masks, prune, score the pruned model three times.
func (s *server) pipeline() (*work, error) {
	return &work{run: func() (map[string]float64, error) {
		dir, err := os.MkdirTemp("", "benchpeers")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		return s.runPipeline(context.Background(), dir)
	}}, nil
}

func (s *server) runPipeline(ctx context.Context, dir string) (map[string]float64, error) {
	p := s.in.Plan.Pipeline
	c := tasks.Common{
		Backend: s.be, Mini: mini.FS(), Backbone: "mini", DataPath: filepath.Join(s.root, dataDir), Seed: &p.Seed, Batch: s.in.Plan.PipelineB,
		Rows: tasks.Rows{Train: p.Train, Dev: p.Dev, Test: p.Test}, SaveTo: dir,
	}
	tuned := c
	tuned.ResumeFrom, tuned.Pretrained = dir, true
	pruned := tuned
	small := filepath.Join(dir, "pruned")
	average := filepath.Join(dir, "sst2", "train_avg")
	var masks []string
	stages := map[string]float64{}
	for _, stage := range []struct {
		name string
		run  func() error
	}{
		{"tune", func() error {
			_, err := tasks.Train(ctx, tasks.TrainConfig{Common: c, Schedule: tasks.Schedule{
				Epochs: 1, BatchSize: s.in.Plan.PipelineB, EvalEvery: p.EvalEvery, LR: p.LR, Dropout: tasks.Ptr(0.0)}})
			return err
		}},
		{"probe", func() error {
			_, err := tasks.Probe(ctx, tasks.ProbeConfig{Common: tuned, Type: tasks.ProbeAll})
			return err
		}},
		{"curve", func() error {
			r, err := tasks.Rank(tasks.RankConfig{Paths: []string{filepath.Join(dir, "sst2", "dev_perf")}, SaveTo: dir})
			if err != nil {
				return err
			}
			for _, name := range r.Names {
				masks = append(masks, filepath.Join(r.Dir, name))
			}
			_, err = tasks.Perturb(ctx, tasks.PerturbConfig{Common: tuned, Masks: masks})
			return err
		}},
		{"prune", func() error {
			pruned.SaveTo = small
			_, err := tasks.Prune(ctx, tasks.PruneConfig{Common: pruned, Mask: masks[2], Thresholds: average})
			return err
		}},
		{"speed", func() error {
			pruned.ResumeFrom, pruned.SaveTo = small, small
			_, err := tasks.Probe(ctx, tasks.ProbeConfig{Common: pruned, Type: tasks.ProbeSpeed})
			return err
		}},
	} {
		start := time.Now()
		if err := stage.run(); err != nil {
			return nil, err
		}
		stages[stage.name] = time.Since(start).Seconds()
	}
	return stages, nil
}
