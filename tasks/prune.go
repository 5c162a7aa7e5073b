package tasks

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
)

// PruneConfig is what prune does.
type PruneConfig struct {
	Common
	Mask       string   // --info_path
	Thresholds string   // --ths_path: what frozen neurons are held at
	Keep       *float64 // share of a layer's neurons that stay; default 0.02
	Low, High  *int     // layers [Low, High); default L/4 … L
	Compat     string   // "double_count": the original's sum
}

// PruneResult is what prune made.
type PruneResult struct {
	Dir        string  `json:"dir"`
	Method     string  `json:"model_type"`
	Widths     []int   `json:"widths"`     // F of each layer
	Filled     int     `json:"filled"`     // neurons beside the mask's that fill a layer up to its share
	Parameters int     `json:"parameters"` // of the pruned backbone
	Before     int     `json:"parameters_before"`
	Share      float64 `json:"share"` // of parameters that stay
	Seconds    float64 `json:"seconds"`
}

// DefaultKeep is the paper's share of kept neurons.
const DefaultKeep = 0.02

// DoubleCount is the --compat value that adds the kept neurons' baseline too, as the original does.
const DoubleCount = "double_count"

// Prune keeps a mask's neurons in the top layers, freezes the others at their baseline, and saves the smaller model (paper, section 6.1;
// pipeline.md, "prune").
func Prune(ctx context.Context, cfg PruneConfig) (*PruneResult, error) {
	start := time.Now()
	keep := DefaultKeep
	if cfg.Keep != nil {
		keep = *cfg.Keep
	}
	switch {
	case cfg.Mask == "":
		return nil, usagef("no mask: give --info_path FILE (skillneuron writes DIR/info/TASK/0.02 and others)")
	case cfg.Thresholds == "":
		return nil, usagef("nothing says what the other neurons are frozen at: give --ths_path FILE (probe writes DIR/TASK/train_avg)")
	case cfg.SaveTo == "":
		return nil, usagef("nothing says where to save: give --save_to DIR")
	case !(keep >= 0 && keep <= 1):
		return nil, usagef("--keep %g: a share lies between 0 and 1", keep)
	case cfg.Compat != "" && cfg.Compat != DoubleCount:
		return nil, usagef("--compat %s is unknown: %s is known", cfg.Compat, DoubleCount)
	case cfg.Model == nil && cfg.ResumeFrom == "":
		return nil, usagef("nothing to prune: give the tuned model with --resume_from DIR")
	}
	if err := cfg.writesWeights("prune"); err != nil {
		return nil, err
	}
	if cfg.ResumeFrom != "" && sameDir(cfg.SaveTo, runDir(cfg.ResumeFrom)) {
		return nil, usagef("--save_to %s is where the model to prune stands, and would replace it: give another directory", cfg.SaveTo)
	}
	cfg.Pretrained = cfg.Model == nil
	w, err := cfg.open(ctx, needs{})
	if err != nil {
		return nil, err
	}
	if err := promptOnly(w.tuned.Method); err != nil {
		return nil, err
	}
	plan, err := w.plan(cfg, keep)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := makeDir(w.SaveTo); err != nil {
		return nil, err
	}
	m, err := w.model.Pruned(plan.keep, plan.baseline, cfg.Compat == DoubleCount)
	if err != nil {
		return nil, err
	}
	desc := w.tuned
	if desc.Method != roberta.Written {
		desc.Method = roberta.PrunePrompt
	}
	desc.Pruned = &roberta.Pruning{Widths: m.Widths(), Kept: plan.keep, Compat: cfg.Compat}
	if err := w.saveTokenizer(ctx, w.SaveTo); err != nil {
		return nil, err
	}
	if err := roberta.SaveTuned(filepath.Join(w.SaveTo, roberta.TunedFile), m, desc); err != nil {
		return nil, err
	}
	s := roberta.Structure{Config: m.Config, Widths: m.Widths()}
	r := &PruneResult{Dir: w.SaveTo, Method: string(desc.Method), Widths: m.Widths(), Filled: plan.filled, Parameters: s.Parameters(), Before: m.Config.Parameters(), Seconds: time.Since(start).Seconds()}
	r.Share = float64(r.Parameters) / float64(r.Before)
	return r, w.manifest("prune", map[string]any{"result": r, "settings": map[string]any{
		"info_path": cfg.Mask, "ths_path": cfg.Thresholds, "keep": keep, "low_layer": plan.low, "high_layer": plan.high, "compat": cfg.Compat,
	}})
}

// pruning says what each layer keeps; nil for layers that stay whole.
type pruning struct {
	keep      [][]int32
	baseline  [][]float32
	filled    int
	low, high int // layers that were pruned
}

func (w *workspace) plan(cfg PruneConfig, keep float64) (*pruning, error) {
	mask, err := w.mask(cfg.Mask)
	if err != nil {
		return nil, err
	}
	baseline, err := w.thresholds(cfg.Thresholds)
	if err != nil {
		return nil, err
	}
	low, high := mask.L/4, mask.L
	if cfg.Low != nil {
		low = *cfg.Low
	}
	if cfg.High != nil {
		high = *cfg.High
	}
	if low < 0 || high > mask.L || low >= high {
		return nil, usagef("--low_layer %d --high_layer %d: the model has %s, and the range [low, high) holds none of them or leaves them", low, high, amount.Of(mask.L, "layer"))
	}
	p := &pruning{keep: make([][]int32, mask.L), baseline: baseline, low: low, high: high}
	want := Portion(keep, mask.F)
	for l := low; l < high; l++ {
		own := mask.Neurons(l)
		p.keep[l] = fillUp(own, want, mask.F)
		p.filled += len(p.keep[l]) - len(own)
	}
	return p, nil
}

// Portion is int(share·f) with the share read as the decimal number that was written: 0.29·100 is 29.
func Portion(share float64, f int) int {
	return int(share*float64(f) + 1e-9)
}

// fillUp adds the lowest other indices until n are kept; more than n are all kept.
func fillUp(own []int32, n, f int) []int32 {
	out := append([]int32{}, own...)
	has := map[int32]bool{}
	for _, i := range own {
		has[i] = true
	}
	for i := int32(0); len(out) < n && int(i) < f; i++ {
		if !has[i] {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}

// saveTokenizer puts the backbone's tokenizer beside a pruned model, so that its directory is all that is needed.
func (w *workspace) saveTokenizer(ctx context.Context, dir string) error {
	src, err := roberta.OpenSource(w.tuned.Backbone, w.sources(ctx))
	if err != nil {
		return err
	}
	return roberta.CopyTokenizer(dir, src.FS)
}

// StructureConfig is what getprunestructure does.
type StructureConfig struct {
	Common
	Keep      *float64 // default 0.02
	Low, High *int     // default L/4 … L
	Out       string   // default prune_structure/PruneRoberta.json
}

// StructureFile is where the structure goes unless told otherwise; the name is the original's.
const StructureFile = "prune_structure/PruneRoberta.json"

// StructureResult describes a pruned model before any is made.
type StructureResult struct {
	roberta.Structure
	File       string  `json:"-"`
	Backbone   string  `json:"backbone"`
	Keep       float64 `json:"keep"`
	Parameters int     `json:"parameters"`
	Before     int     `json:"parameters_before"`
	Share      float64 `json:"share"`
}

// PruneStructure computes the shape of a pruned model and its parameter count, from a backbone's configuration or, without one, roberta-base's, which
// is built in.
func PruneStructure(ctx context.Context, cfg StructureConfig) (*StructureResult, error) {
	c, name, err := cfg.structureConfig(ctx)
	if err != nil {
		return nil, err
	}
	keep := DefaultKeep
	if cfg.Keep != nil {
		keep = *cfg.Keep
	}
	if !(keep >= 0 && keep <= 1) {
		return nil, usagef("--keep %g: a share lies between 0 and 1", keep)
	}
	low, high := c.NumHiddenLayers/4, c.NumHiddenLayers
	if cfg.Low != nil {
		low = *cfg.Low
	}
	if cfg.High != nil {
		high = *cfg.High
	}
	if low < 0 || high > c.NumHiddenLayers || low >= high {
		return nil, usagef("--low_layer %d --high_layer %d: %s has %s", low, high, name, amount.Of(c.NumHiddenLayers, "layer"))
	}
	s := roberta.Structure{Config: c, Widths: make([]int, c.NumHiddenLayers)}
	for l := range s.Widths {
		s.Widths[l] = c.IntermediateSize
		if l >= low && l < high {
			s.Widths[l] = Portion(keep, c.IntermediateSize)
		}
	}
	r := &StructureResult{Structure: s, File: cfg.Out, Backbone: name, Keep: keep, Parameters: s.Parameters(), Before: c.Parameters()}
	fill(&r.File, StructureFile)
	r.Share = float64(r.Parameters) / float64(r.Before)
	if err := makeDir(filepath.Dir(r.File)); err != nil {
		return nil, err
	}
	return r, writeJSON(r.File, r)
}

func (c *StructureConfig) structureConfig(ctx context.Context) (roberta.Config, string, error) {
	if c.Backbone == "" {
		return roberta.BaseConfig(), DefaultBackbone, nil
	}
	src, err := roberta.OpenSource(c.Backbone, c.sources(ctx))
	if err != nil {
		return roberta.Config{}, "", err
	}
	cfg, err := roberta.ReadConfig(src.FS)
	if err != nil {
		return cfg, "", fmt.Errorf("%s: %w", src.Name, err)
	}
	return cfg, src.Name, nil
}
