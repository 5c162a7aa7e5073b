package tasks

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// ProbeType is what probe measures; the names are the original's --probe_type.
type ProbeType string

const (
	ProbeAcc       ProbeType = "acc"        // predictivity at every prompt row
	ProbeAccMean   ProbeType = "acc_mean"   // of activations averaged over the sentence's own tokens
	ProbeAccMax    ProbeType = "acc_max"    // of their maximum
	ProbeAll       ProbeType = "all"        // the three above in one pass over each split
	ProbeAvg       ProbeType = "avg"        // averages at prompt rows alone, for any number of labels: what prune freezes neurons at
	ProbePos       ProbeType = "pos"        // activations of one neuron
	ProbePromptAct ProbeType = "prompt_act" // activations of every neuron at the mask row
	ProbeSpeed     ProbeType = "speed"      // score and time of the whole evaluation
)

// ProbeTypes lists every type.
var ProbeTypes = []ProbeType{ProbeAcc, ProbeAccMean, ProbeAccMax, ProbeAll, ProbeAvg, ProbePos, ProbePromptAct, ProbeSpeed}

// ProbeConfig is what probe does.
type ProbeConfig struct {
	Common
	Type       ProbeType // default acc
	Layer, Pos int       // ProbePos: the neuron
	AddMask    string    // mask of neurons that are set to Thresholds while probing
	Thresholds string    // [L, F] or [L, P, F]
}

// ProbeResult is what probe found and where it wrote it.
type ProbeResult struct {
	Type  ProbeType    `json:"probe_type"`
	Dir   string       `json:"dir"`
	Task  string       `json:"task_type"`
	Files []string     `json:"files"`
	Best  []BestNeuron `json:"best,omitempty"` // one a measure, for the accuracy probes
	Speed *Speed       `json:"speed,omitempty"`
	// Shares of the largest class of dev and test: what always answering it scores in accuracy.
	DevMajority float64 `json:"dev_majority"`
	Majority    float64 `json:"majority"`
	Seconds     float64 `json:"seconds"`
}

// BestNeuron is the neuron that tells the labels apart best on the dev split, with what it reaches on the test split.
type BestNeuron struct {
	Measure   string  `json:"measure"` // acc, acc_mean, acc_max
	Layer     int     `json:"layer"`
	Neuron    int     `json:"neuron"`
	Row       int     `json:"row"` // prompt row; -1 where pooled
	Threshold float32 `json:"threshold"`
	Above     int     `json:"above"` // the label that an activation above the threshold speaks for
	Dev       float64 `json:"dev"`   // max(acc, 1-acc), the paper's predictivity
	Test      float64 `json:"test"`  // accuracy on test with the side fixed on dev
}

// Probe measures neurons (paper, section 3 and 4.1; pipeline.md, "probe") and writes DIR/TASK/….
func Probe(ctx context.Context, cfg ProbeConfig) (*ProbeResult, error) {
	start := time.Now()
	if cfg.Type == "" {
		cfg.Type = ProbeAcc
	}
	p, err := newProber(ctx, cfg)
	if err != nil {
		return nil, err
	}
	switch cfg.Type {
	case ProbeAcc, ProbeAccMean, ProbeAccMax, ProbeAll, ProbeAvg:
		err = p.predictivity(ctx)
	case ProbePos:
		err = p.position(ctx)
	case ProbePromptAct:
		err = p.promptActivations(ctx)
	case ProbeSpeed:
		err = p.speed(ctx)
	}
	if err != nil {
		return nil, err
	}
	p.result.Seconds = time.Since(start).Seconds()
	return p.result, p.manifest("probe/"+string(cfg.Type), map[string]any{"result": p.result, "settings": map[string]any{
		"probe_type": cfg.Type, "pos": []int{cfg.Layer, cfg.Pos}, "add_mask": cfg.AddMask, "ths_path": cfg.Thresholds, "batch": cfg.Common.batch(),
	}})
}

// prober is a probe under way.
type prober struct {
	*workspace
	cfg    ProbeConfig
	dir    string
	edit   *Perturbation
	result *ProbeResult
}

func newProber(ctx context.Context, cfg ProbeConfig) (*prober, error) {
	known := false
	for _, t := range ProbeTypes {
		known = known || t == cfg.Type
	}
	if !known {
		return nil, usagef("--probe_type %s is unknown: %v are known", cfg.Type, ProbeTypes)
	}
	if cfg.Type == ProbePromptAct {
		fill(&cfg.TaskType, "empty")
	}
	if cfg.SaveTo == "" && cfg.ResumeFrom == "" {
		return nil, usagef("nothing says where to save: give --save_to DIR or --resume_from DIR")
	}
	if (cfg.AddMask == "") != (cfg.Thresholds == "") {
		return nil, usagef("--add_mask and --ths_path go together: the mask's neurons are set to the thresholds")
	}
	w, err := cfg.open(ctx, needs{data: true, check: cfg.twoLabels})
	if err != nil {
		return nil, err
	}
	p := &prober{workspace: w, cfg: cfg, dir: filepath.Join(w.SaveTo, w.TaskType)}
	p.result = &ProbeResult{Type: cfg.Type, Dir: p.dir, Task: w.TaskType,
		DevMajority: w.data.Dev.Majority(w.task.Labels), Majority: w.data.Test.Majority(w.task.Labels)}
	if err := p.check(); err != nil {
		return nil, err
	}
	if cfg.AddMask != "" {
		if p.edit, err = w.meanPerturbation(cfg.AddMask, cfg.Thresholds); err != nil {
			return nil, err
		}
	}
	return p, makeDir(p.dir)
}

func (t ProbeType) accuracy() bool {
	return t == ProbeAcc || t == ProbeAccMean || t == ProbeAccMax || t == ProbeAll
}

// twoLabels refuses to measure accuracies on a task of more.
func (c *ProbeConfig) twoLabels(task dataset.Task) error {
	if !c.Type.accuracy() || task.Labels == 2 {
		return nil
	}
	if task.Labels > 4 {
		return usagef("%s has %d labels, and a neuron's accuracy is measured between two: keep two of them with --keep_classes A,B (binarize splits tasks of three or four)",
			task.Name, task.Labels)
	}
	return usagef("%s has %d labels, and a neuron's accuracy is measured between two: split it with binarize (--task_type %s) and probe %s-pn and %s-neu",
		task.Name, task.Labels, task.Name, task.Name, task.Name)
}

// check refuses what cannot be measured, before any work.
func (p *prober) check() error {
	t := p.cfg.Type
	accuracy := t.accuracy()
	if t == ProbeAcc && p.promptRows() == 0 {
		return usagef("%s has no prompt, and acc measures at prompt rows: use --probe_type acc_mean or acc_max", p.tuned.Method)
	}
	if (t == ProbePos || t == ProbePromptAct || t == ProbeAvg) && p.promptRows() == 0 {
		return usagef("%s has no prompt, and %s reads prompt rows", p.tuned.Method, t)
	}
	if accuracy || t == ProbePromptAct || t == ProbeAvg {
		if err := NewMask(p.model.Layers(), p.model.Width(0)).fits(p.model.Widths(), "an array of all neurons"); err != nil {
			return usagef("the layers of this pruned model differ in width, so its neurons make no array: probe the model that it was pruned from (%s speed works)", "--probe_type")
		}
	}
	if t == ProbePos {
		if p.cfg.Layer < 0 || p.cfg.Layer >= p.model.Layers() || p.cfg.Pos < 0 || p.cfg.Pos >= p.model.Width(p.cfg.Layer) {
			return usagef("--pos %d,%d: the model has layers 0 to %d and neurons 0 to %d", p.cfg.Layer, p.cfg.Pos,
				p.model.Layers()-1, p.model.Width(min(max(0, p.cfg.Layer), p.model.Layers()-1))-1)
		}
	}
	return nil
}

func (p *prober) path(name string) string {
	path := filepath.Join(p.dir, name+".npy")
	p.result.Files = append(p.result.Files, path)
	return path
}

// eachSplit runs the split and reports progress under its name; start is that of [pass.run].
func (p *prober) eachSplit(ctx context.Context, s dataset.Split, start func(lane int) (work, error)) error {
	if s.Len() == 0 {
		return fmt.Errorf("the %s split is empty", s.Name)
	}
	q := p.newPass(s)
	defer q.close()
	p.progress().Start("probing "+s.Name, s.Len(), "sentences")
	defer p.progress().Done()
	return q.run(ctx, 1, start)
}
