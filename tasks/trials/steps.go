package trials

import (
	"context"
	"path/filepath"

	"github.com/skillneuron/skillneuron/internal/amount"
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
	perf := map[string][]string{}
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
	rank := tasks.RankConfig{Paths: perf[""], TaskType: r.TaskType, SaveTo: r.SaveTo}
	if r.multi() {
		rank.Paths, rank.Aux = perf[halves[0]], perf[halves[1]]
	}
	masks := filepath.Join("info", r.TaskType)
	ranking := "rank neurons of " + amount.Of(r.Trials, "seed")
	r.state.forget(ranking)
	_, err := do(ctx, r, ranking, filepath.Join(masks, tasks.ShareName(20)+".npy"), func() (*tasks.RankResult, error) {
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
	whole := r.path(dir, "whole")
	trained, err := r.tune(ctx, r.common(t.Seed, whole), filepath.Join(dir, "whole"))
	if err != nil {
		return nil, err
	}
	t.Dev, t.Test = trained.Dev, trained.Test
	if !r.multi() {
		file, err := r.probe(ctx, t, "", r.resumed(t.Seed, whole, whole), filepath.Join(dir, "whole"))
		return map[string]string{"": file}, err
	}
	data := r.path(dir, "data")
	made, err := do(ctx, r, dir+": split into tasks of two labels", filepath.Join(dir, "data", r.TaskType+"-pn", "task.yaml"), func() (dataset.BinarizeResult, error) {
		task, err := dataset.Find(r.TaskType, r.DataPath)
		if err != nil {
			return dataset.BinarizeResult{}, err
		}
		return dataset.Binarize(ctx, dataset.BinarizeConfig{Task: r.words(task), DataPath: r.DataPath, Out: data, Seed: t.Seed, Cut: true, Options: r.Data})
	})
	if err != nil {
		return nil, err
	}
	if made.ByIndex != "" && t.Seed == *r.Seed && r.Log != nil {
		r.Log.Warn(made.ByIndex)
	}
	files := map[string]string{}
	for i, half := range halves {
		own := filepath.Join(dir, half)
		from, score := whole, 0.0
		if r.Prompts == OwnPrompts {
			from = r.path(own)
			res, err := r.tune(ctx, on(r.common(t.Seed, from), made.Tasks[i], filepath.Join(data, made.Tasks[i])), own)
			if err != nil {
				return nil, err
			}
			score = res.Test
		}
		c := on(r.resumed(t.Seed, from, r.path(own)), made.Tasks[i], filepath.Join(data, made.Tasks[i]))
		if files[half], err = r.probe(ctx, t, half, c, own); err != nil {
			return nil, err
		}
		t.Parts[i].Test = score
	}
	_, err = do(ctx, r, dir+": average activations", filepath.Join(dir, "whole", r.TaskType, "train_avg.npy"), func() (*tasks.ProbeResult, error) {
		return tasks.Probe(ctx, tasks.ProbeConfig{Common: r.resumed(t.Seed, whole, whole), Type: tasks.ProbeAvg})
	})
	return files, err
}

// tune trains a prompt, from the checkpoint of a run that was stopped if there is one.
func (r *run) tune(ctx context.Context, c tasks.Common, below string) (*tasks.TrainResult, error) {
	return do(ctx, r, filepath.Dir(below)+": tune a prompt for "+c.TaskType, filepath.Join(below, roberta.TunedFile), func() (*tasks.TrainResult, error) {
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

// probe measures one part's neurons and returns the file of their predictivity on dev.
func (r *run) probe(ctx context.Context, t *Trial, half string, c tasks.Common, below string) (string, error) {
	file := filepath.Join(below, c.TaskType, "dev_perf.npy")
	res, err := do(ctx, r, seedDir(t.Seed)+": probe the neurons on "+c.TaskType, file, func() (*tasks.ProbeResult, error) {
		return tasks.Probe(ctx, tasks.ProbeConfig{Common: c})
	})
	if err != nil {
		return "", err
	}
	t.Parts = append(t.Parts, Part{Task: c.TaskType, Best: res.Best[0]})
	return r.path(file), nil
}

// pruned is a pruned model and its score.
type pruned struct {
	Share float64 `json:"share"`
	Score float64 `json:"score"`
}

// use perturbs and prunes one seed's model by the masks of all.
func (r *run) use(ctx context.Context, t *Trial, masks string) error {
	dir := seedDir(t.Seed)
	whole := r.path(dir, "whole")
	mask := func(share int) string { return r.path(masks, tasks.ShareName(share)) }
	of := byMasks + amount.Of(r.Trials, "seed")
	p, err := do(ctx, r, dir+": perturb neurons"+of, filepath.Join(dir, "perturb", "mask_perf.json"), func() (*tasks.PerturbResult, error) {
		return tasks.Perturb(ctx, tasks.PerturbConfig{
			Common: r.resumed(t.Seed, whole, r.path(dir, "perturb")), Masks: r.masks(mask), Type: r.Type, Alpha: r.Alpha, Thresholds: r.thresholds(whole),
			Cmp: true, Draws: r.Draws,
		})
	})
	if err != nil {
		return err
	}
	t.Masks = p.Masks
	small := filepath.Join(dir, "prune")
	q, err := do(ctx, r, dir+": prune"+of, filepath.Join(small, roberta.TunedFile), func() (pruned, error) {
		c := r.resumed(t.Seed, whole, r.path(small))
		res, err := tasks.Prune(ctx, tasks.PruneConfig{Common: c, Mask: mask(r.Keep), Thresholds: filepath.Join(whole, r.TaskType, "train_avg"), Keep: tasks.Ptr(float64(r.Keep) / 100)})
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

// thresholds are what perturbation by the mean puts in.
func (r *run) thresholds(whole string) string {
	if r.Type != "mean" {
		return ""
	}
	return filepath.Join(whole, r.TaskType, "train_avg")
}
