package tasks

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// PerturbConfig is what mask does.
type PerturbConfig struct {
	Common
	Masks      []string // --info_path: mask files
	Type       string   // gaussian (default), zero, mean
	Alpha      *float64 // standard deviation of the noise; default 0.1
	Deviations string   // thresholds-shaped file: the noise's deviation is alpha times the neuron's own value there
	Thresholds string   // --ths_path, for mean
	Low, High  *int     // layers [Low, High); default all
	Cmp        bool     // repeat with as many random neurons a layer
	Draws      int      // random draws for Cmp; default 1
}

// Perturbed is what one mask did.
type Perturbed struct {
	Mask    string    `json:"mask"`
	Share   float64   `json:"share"`   // of all neurons
	Neurons int       `json:"neurons"` // perturbed, within the layer range
	Score   float64   `json:"score"`
	Cmp     []float64 `json:"cmp"` // scores with random neurons, one a draw
	// Predictions are those behind Score and Cmp, for paired comparisons.
	Predictions    *Predictions   `json:"-"`
	CmpPredictions []*Predictions `json:"-"`
}

// PerturbResult is what mask found.
type PerturbResult struct {
	Dir      string      `json:"dir"`
	Task     string      `json:"task_type"`
	Type     string      `json:"type"`
	Metric   string      `json:"metric"`
	Majority float64     `json:"majority"`
	Masks    []Perturbed `json:"masks"`
	Seconds  float64     `json:"seconds"`
}

// DefaultAlpha is the standard deviation of gaussian noise.
const DefaultAlpha = 0.1

// Perturb scores the test split while neurons are perturbed (paper, section 4.2; pipeline.md, "mask"), and writes mask_perf.json and, with Cmp, cmp_perf.json.
func Perturb(ctx context.Context, cfg PerturbConfig) (*PerturbResult, error) {
	start := time.Now()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	w, err := cfg.open(ctx, needs{data: true})
	if err != nil {
		return nil, err
	}
	base, err := cfg.base(w)
	if err != nil {
		return nil, err
	}
	masks := make([]Mask, len(cfg.Masks))
	for i, path := range cfg.Masks {
		if masks[i], err = w.mask(path); err != nil {
			return nil, err
		}
	}
	if err := makeDir(w.SaveTo); err != nil {
		return nil, err
	}
	r := &PerturbResult{Dir: w.SaveTo, Task: w.TaskType, Type: cfg.Type, Metric: string(w.task.Score), Majority: w.data.Test.Majority(w.task.Labels)}
	p := w.newPass(w.data.Test)
	defer p.close()
	draws := 0
	if cfg.Cmp {
		draws = max(1, cfg.Draws)
	}
	passes := len(masks)
	for _, m := range masks {
		if base.count(m) > 0 {
			passes += draws
		}
	}
	w.progress().Start("perturbing", passes*w.data.Test.Len(), "sentences")
	defer w.progress().Done()
	r.Masks = make([]Perturbed, len(masks))
	var queue perturbations
	finished := 0
	for i, m := range masks {
		one := &r.Masks[i]
		*one = Perturbed{Mask: maskName(cfg.Masks[i]), Share: m.Share(), Neurons: base.count(m), Cmp: []float64{}, CmpPredictions: make([]*Predictions, draws)}
		queue.add(base.on(m), &one.Predictions)
		for d := range draws {
			if one.Neurons > 0 { // as many as none are none
				queue.add(base.on(RandomMask(m, w.seed, d)), &one.CmpPredictions[d])
			}
		}
		if len(queue.perts) < together && i < len(masks)-1 {
			continue
		}
		if err := queue.run(ctx, p); err != nil {
			return nil, err
		}
		for ; finished <= i; finished++ {
			r.Masks[finished].finish(w)
		}
	}
	r.Seconds = time.Since(start).Seconds()
	if err := r.write(w.SaveTo, cfg.Cmp); err != nil {
		return nil, err
	}
	return r, w.manifest("mask/"+cfg.Type, map[string]any{"result": r, "settings": map[string]any{
		"info_path": cfg.Masks, "type": cfg.Type, "alpha": cfg.Alpha, "deviations": cfg.Deviations, "ths_path": cfg.Thresholds,
		"low_layer": base.Low, "high_layer": base.High, "cmp": cfg.Cmp, "draws": draws, "batch": cfg.Common.batch(),
	}})
}

// together is how many passes wait for each other at least: they share what their masks leave alone.
const together = 32

// perturbations are passes under way.
type perturbations struct {
	perts []*Perturbation
	to    []**Predictions
}

func (q *perturbations) add(p *Perturbation, to **Predictions) {
	q.perts, q.to = append(q.perts, p), append(q.to, to)
}

func (q *perturbations) run(ctx context.Context, p *pass) error {
	r, err := p.predictEach(ctx, q.perts)
	if err != nil {
		return err
	}
	for i, to := range q.to {
		*to = r[i]
	}
	q.perts, q.to = q.perts[:0], q.to[:0]
	return nil
}

// finish reads the scores off predictions that are there.
func (one *Perturbed) finish(w *workspace) {
	one.Score = one.Predictions.Score
	for d, p := range one.CmpPredictions {
		if p == nil {
			p = one.Predictions
			one.CmpPredictions[d] = p
		}
		one.Cmp = append(one.Cmp, p.Score)
	}
	w.progress().Note(fmt.Sprintf("%s: score %.4f, random %.4f", one.Mask, one.Score, one.Cmp))
}

func (c *PerturbConfig) check() error {
	fill(&c.Type, "gaussian")
	switch {
	case len(c.Masks) == 0:
		return usagef("no mask: give --info_path FILE (skillneuron writes DIR/info/TASK/0.05 and others), or several with commas between")
	case c.Type != "gaussian" && c.Type != "zero" && c.Type != "mean":
		return usagef("--type %s is unknown: gaussian, zero and mean are known", c.Type)
	case c.Type == "mean" && c.Thresholds == "":
		return usagef("--type mean puts thresholds in: give --ths_path FILE (probe writes DIR/TASK/train_avg)")
	case c.Type != "mean" && c.Thresholds != "":
		return usagef("--ths_path goes with --type mean, not %s", c.Type)
	case c.Type != "gaussian" && (c.Alpha != nil || c.Deviations != ""):
		return usagef("--alpha is the noise of --type gaussian, not %s", c.Type)
	case c.Alpha != nil && !(*c.Alpha >= 0 && *c.Alpha < 1e6):
		return usagef("--alpha %g: a standard deviation lies between 0 and 1e6", *c.Alpha)
	case c.SaveTo == "" && c.ResumeFrom == "":
		return usagef("nothing says where to save: give --save_to DIR or --resume_from DIR")
	}
	return nil
}

// base is the perturbation without its mask.
func (c *PerturbConfig) base(w *workspace) (*Perturbation, error) {
	widths := w.model.Widths()
	p := &Perturbation{High: len(widths), Seed: w.seed}
	if c.Low != nil {
		p.Low = *c.Low
	}
	if c.High != nil {
		p.High = *c.High
	}
	if p.Low < 0 || p.High > len(widths) || p.Low >= p.High {
		return nil, usagef("--low_layer %d --high_layer %d: the model has %s, and the range [low, high) holds none of them or leaves them", p.Low, p.High, amount.Of(len(widths), "layer"))
	}
	var err error
	switch c.Type {
	case "zero":
		p.Kind = engine.EditZero
	case "mean":
		p.Kind = engine.EditMean
		p.Vector, err = w.thresholds(c.Thresholds)
	case "gaussian":
		p.Kind = engine.EditGaussian
		alpha := DefaultAlpha
		if c.Alpha != nil {
			alpha = *c.Alpha
		}
		if c.Deviations != "" {
			if p.Vector, err = w.thresholds(c.Deviations); err != nil {
				return nil, err
			}
			for _, v := range p.Vector {
				for i := range v {
					v[i] *= float32(alpha)
				}
			}
			break
		}
		for _, f := range widths {
			v := make([]float32, f)
			for i := range v {
				v[i] = float32(alpha)
			}
			p.Vector = append(p.Vector, v)
		}
	}
	return p, err
}

// count is the number of a mask's neurons within the layer range.
func (p *Perturbation) count(m Mask) int {
	n := 0
	for l := p.Low; l < p.High; l++ {
		n += len(m.Neurons(l))
	}
	return n
}

// on is p with a mask.
func (p *Perturbation) on(m Mask) *Perturbation {
	return &Perturbation{Kind: p.Kind, Mask: m, Vector: p.Vector, Low: p.Low, High: p.High, Seed: p.Seed}
}

// RandomMask marks as many neurons of each layer as m does, drawn from all of them: draw d of the seed.
func RandomMask(m Mask, seed uint64, d int) Mask {
	r := NewMask(m.L, m.F)
	for l := range m.L {
		rng := dataset.Stream(seed, "random neurons", uint64(l), uint64(d))
		for _, i := range rng.Perm(m.F)[:len(m.Neurons(l))] {
			r.Bits[l*m.F+i] = true
		}
	}
	return r
}

// write leaves one object for one mask and an array for several, as DESIGN contract 3 says.
func (r *PerturbResult) write(dir string, cmp bool) error {
	type entry struct {
		Mask  string    `json:"mask"`
		Share float64   `json:"share"`
		Score float64   `json:"score"`
		Cmp   []float64 `json:"cmp"`
	}
	var skill, random []entry
	for _, m := range r.Masks {
		skill = append(skill, entry{m.Mask, m.Share, m.Score, m.Cmp})
		e := entry{Mask: m.Mask, Share: m.Share, Cmp: m.Cmp}
		for _, s := range m.Cmp {
			e.Score += s / float64(len(m.Cmp))
		}
		random = append(random, e)
	}
	one := func(name string, e []entry) error {
		var v any = e
		if len(e) == 1 {
			v = e[0]
		}
		return writeJSON(filepath.Join(dir, name), v)
	}
	if err := one("mask_perf.json", skill); err != nil || !cmp {
		return err
	}
	return one("cmp_perf.json", random)
}
