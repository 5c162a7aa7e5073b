package trials

import (
	"context"
	"path"
	"slices"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// halves are the endings of the two tasks that a task of more labels is split into.
var halves = []string{"pn", "neu"}

// all runs every step in its order: first whatever finds neurons, for every seed, then what the masks of all seeds do.
func (r *run) all(ctx context.Context) error {
	perTrial := 4 // train, probe, mask, prune
	if r.multi() {
		perTrial = 7 // binarize, train, two probes, averages, mask, prune
		if r.Prompts == OwnPrompts {
			perTrial += 2
		}
	}
	r.steps = r.Trials*perTrial + 1
	perf := map[string][]string{} // below the run's directory
	for k := range r.Trials {
		t := Trial{Seed: *r.Seed + uint64(k)}
		files, err := r.find(ctx, &t)
		if err != nil {
			return err
		}
		for part, f := range files {
			perf[part] = append(perf[part], f)
		}
		r.r.Trials = append(r.r.Trials, t)
	}
	rank := tasks.RankConfig{Paths: r.paths(perf[""]), TaskType: r.TaskType, SaveTo: r.SaveTo}
	if r.multi() {
		rank.Paths, rank.Aux = r.paths(perf[halves[0]]), r.paths(perf[halves[1]])
	}
	masks := path.Join("info", r.TaskType)
	_, err := do(ctx, r, step{
		name:  "rank neurons",
		reads: slices.Concat(perf[""], perf[halves[0]], perf[halves[1]]), makes: []string{masks},
	}, func() (*tasks.RankResult, error) {
		return tasks.Rank(rank)
	})
	if err != nil {
		return err
	}
	for k := range r.r.Trials {
		if err := r.use(ctx, &r.r.Trials[k], masks); err != nil {
			return err
		}
	}
	return nil
}

// find tunes one seed's prompts and probes its neurons; it returns the predictivity files by the task's parts.
func (r *run) find(ctx context.Context, t *Trial) (map[string]string, error) {
	dir := seedDir(t.Seed)
	own := path.Join(dir, "whole")
	whole := r.path(own)
	trained, err := r.tune(ctx, r.common(t.Seed, whole), own)
	if err != nil {
		return nil, err
	}
	t.Dev, t.Test = trained.Dev, trained.Test
	if !r.multi() {
		file, err := r.probe(ctx, t, r.resumed(t.Seed, whole, whole), own, own)
		return map[string]string{"": file}, err
	}
	data := path.Join(dir, "data")
	made, err := do(ctx, r, step{name: dir + ": split into tasks of two labels", makes: []string{data}}, func() (dataset.BinarizeResult, error) {
		task, err := dataset.Find(r.TaskType, r.DataPath)
		if err != nil {
			return dataset.BinarizeResult{}, err
		}
		return dataset.Binarize(ctx, dataset.BinarizeConfig{Task: r.words(task), DataPath: r.DataPath, Out: r.path(data), Seed: t.Seed, Cut: true, Options: r.Data})
	})
	if err != nil {
		return nil, err
	}
	if made.ByIndex != "" && t.Seed == *r.Seed && r.Log != nil {
		r.Log.Warn(made.ByIndex)
	}
	files := map[string]string{}
	for i, half := range halves {
		rows := path.Join(data, made.Tasks[i])
		part := path.Join(dir, half)
		from, score := own, 0.0
		if r.Prompts == OwnPrompts {
			from = part
			res, err := r.tune(ctx, on(r.common(t.Seed, r.path(part)), made.Tasks[i], r.path(rows)), part, rows)
			if err != nil {
				return nil, err
			}
			score = res.Test
		}
		c := on(r.resumed(t.Seed, r.path(from), r.path(part)), made.Tasks[i], r.path(rows))
		if files[half], err = r.probe(ctx, t, c, part, from, rows); err != nil {
			return nil, err
		}
		t.Parts[i].Test = score
	}
	_, err = do(ctx, r, step{
		name:  dir + ": average activations",
		reads: []string{path.Join(own, roberta.TunedFile)}, makes: []string{path.Join(own, r.TaskType, "train_avg.npy")},
	}, func() (*tasks.ProbeResult, error) {
		return tasks.Probe(ctx, tasks.ProbeConfig{Common: r.resumed(t.Seed, whole, whole), Type: tasks.ProbeAvg})
	})
	return files, err
}

// tune trains a prompt in a directory below the run's, from the checkpoint of a run that was stopped if there is one; rows are the files of a part.
func (r *run) tune(ctx context.Context, c tasks.Common, dir string, rows ...string) (*tasks.TrainResult, error) {
	return do(ctx, r, step{
		name:  path.Dir(dir) + ": tune a prompt for " + c.TaskType,
		reads: rows, backbone: true, makes: below(dir, roberta.TunedFile, "optimizer.safetensors", "scheduler.json"),
	}, func() (*tasks.TrainResult, error) {
		unfinished, err := tasks.Unfinished(c.SaveTo)
		if err != nil {
			return nil, err
		}
		if unfinished {
			c.ResumeFrom, c.Pretrained = c.SaveTo, true
		}
		c.Batch = 0
		return tasks.Train(ctx, tasks.TrainConfig{Common: c, Schedule: r.Schedule})
	})
}

// probe measures one part's neurons, under the prompt tuned in from, and returns the file of their predictivity on dev; rows are the files of a part.
func (r *run) probe(ctx context.Context, t *Trial, c tasks.Common, dir, from string, rows ...string) (string, error) {
	file := path.Join(dir, c.TaskType, "dev_perf.npy")
	s := step{name: seedDir(t.Seed) + ": probe the neurons on " + c.TaskType, reads: append(rows, path.Join(from, roberta.TunedFile)),
		makes: below(path.Join(dir, c.TaskType), "train_avg.npy", "dev_perf.npy", "test_perf.npy")}
	res, err := do(ctx, r, s, func() (*tasks.ProbeResult, error) {
		return tasks.Probe(ctx, tasks.ProbeConfig{Common: c})
	})
	if err != nil {
		return "", err
	}
	t.Parts = append(t.Parts, Part{Task: c.TaskType, Best: res.Best[0]})
	return file, nil
}

// pruned is a pruned model and its score.
type pruned struct {
	Share float64 `json:"share"`
	Score float64 `json:"score"`
}

// use perturbs and prunes one seed's model by the masks of all.
func (r *run) use(ctx context.Context, t *Trial, masks string) error {
	dir := seedDir(t.Seed)
	own := path.Join(dir, "whole")
	whole := r.path(own)
	tuned, averages := path.Join(own, roberta.TunedFile), path.Join(own, r.TaskType, "train_avg.npy")
	mask := func(share int) string { return path.Join(masks, tasks.ShareName(share)) + ".npy" }
	perturb := step{
		name: dir + ": perturb neurons", reads: append(r.masks(mask), tuned),
		makes: below(path.Join(dir, "perturb"), "mask_perf.json", "cmp_perf.json"),
	}
	thresholds := ""
	if r.Type == "mean" { // which puts them in
		perturb.reads = append(perturb.reads, averages)
		thresholds = r.path(averages)
	}
	p, err := do(ctx, r, perturb, func() (*tasks.PerturbResult, error) {
		return tasks.Perturb(ctx, tasks.PerturbConfig{
			Common: r.resumed(t.Seed, whole, r.path(dir, "perturb")), Masks: r.paths(r.masks(mask)), Type: r.Type, Alpha: r.Alpha, Thresholds: thresholds,
			Cmp: true, Draws: r.Draws,
		})
	})
	if err != nil {
		return err
	}
	t.Masks = p.Masks
	small := path.Join(dir, "prune")
	q, err := do(ctx, r, step{
		name: dir + ": prune", reads: []string{mask(r.Keep), tuned, averages}, makes: below(small, roberta.TunedFile),
		perhaps: below(small, "tokenizer.json", "vocab.json", "merges.txt"),
	}, func() (pruned, error) {
		c := r.resumed(t.Seed, whole, r.path(small))
		res, err := tasks.Prune(ctx, tasks.PruneConfig{Common: c, Mask: r.path(mask(r.Keep)), Thresholds: r.path(averages), Keep: tasks.Ptr(float64(r.Keep) / 100)})
		if err != nil {
			return pruned{}, err
		}
		s, err := tasks.Measure(ctx, r.resumed(t.Seed, r.path(small), r.path(small)), 1)
		if err != nil {
			return pruned{}, err
		}
		return pruned{res.Share, s.Score[0]}, nil
	})
	r.r.Share, t.Pruned = q.Share, q.Score
	return err
}

// below are files of a directory.
func below(dir string, names ...string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = path.Join(dir, name)
	}
	return out
}
