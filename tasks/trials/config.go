package trials

import (
	"fmt"
	"slices"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// Prompts says under which prompt the two-label parts of a task are probed.
type Prompts string

const (
	OwnPrompts   Prompts = "own"   // each part's own, as in the original's README
	WholePrompts Prompts = "whole" // the whole task's, as in the paper's section 3
)

// Config is what a run does. SaveTo is the directory of all its files, Seed the first trial's seed; the others count on from it.
type Config struct {
	tasks.Common
	tasks.Schedule
	Trials  int      // default 1
	Prompts Prompts  // default own
	Type    string   // of perturbation, see [tasks.PerturbConfig]; gaussian by default
	Alpha   *float64 // of its noise
	Shares  []int    // perturbed shares in percent; default [DefaultShares]
	Draws   int      // random draws beside each mask; default 1
	Keep    int      // percent of the neurons that a pruned model keeps in its upper layers; default 2
}

// DefaultShares are the perturbed shares, in percent.
var DefaultShares = []int{0, 2, 5, 10, 20}

// settings are what makes two runs one: the same, and a directory's run goes on. Trials may be added.
type settings struct {
	Task        string          `json:"task_type"`
	DataPath    string          `json:"data_path"`
	Data        dataset.Options `json:"data_options"`
	Rows        tasks.Rows      `json:"rows"`
	Verb        []string        `json:"verb"`
	Concat      bool            `json:"concat"`
	Backbone    string          `json:"backbone"`
	PromptSize  int             `json:"prompt_size"`
	Seed        uint64          `json:"random_seed"`
	Schedule    tasks.Schedule  `json:"schedule"`
	Prompts     Prompts         `json:"prompts"`
	Type        string          `json:"type"`
	Alpha       *float64        `json:"alpha"`
	Shares      []int           `json:"shares"`
	Draws       int             `json:"draws"`
	KeepPercent int             `json:"keep"`
}

func (c *Config) fill() error {
	if c.SaveTo == "" {
		return dataset.Usagef("nothing says where to save: give --save_to DIR")
	}
	if c.ResumeFrom != "" || c.Pretrained {
		return dataset.Usagef("a run of trials goes on by itself in its directory: leave --resume_from and -p out")
	}
	if c.Method != "" && c.Method != roberta.Prompt {
		return dataset.Usagef("trials tune prompts: a %s cannot be probed at prompt rows or pruned; run the steps one by one", c.Method)
	}
	if c.Seed == nil {
		c.Seed = tasks.Ptr[uint64](tasks.DefaultSeed)
	}
	if c.PromptSize == nil {
		c.PromptSize = tasks.Ptr(tasks.DefaultPromptSize)
	}
	if *c.PromptSize < 2 {
		return dataset.Usagef("--prompt_size %d: trials tune prompts; give 2 or more", *c.PromptSize)
	}
	defaults := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	defaults(&c.Backbone, tasks.DefaultBackbone)
	defaults(&c.Type, "gaussian")
	defaults((*string)(&c.Prompts), string(OwnPrompts))
	for _, n := range []struct {
		to      *int
		v       int
		name    string
		biggest int
	}{{&c.Trials, 1, "trials", 1000}, {&c.Draws, 1, "draws", 1 << 20}, {&c.Keep, 2, "keep_percent", 20}} {
		if *n.to == 0 {
			*n.to = n.v
		}
		if *n.to < 1 || *n.to > n.biggest {
			return dataset.Usagef("--%s %d: 1 to %d", n.name, *n.to, n.biggest)
		}
	}
	if c.Shares == nil {
		c.Shares = DefaultShares
	}
	for _, s := range c.Shares {
		if s < 0 || s > 20 {
			return dataset.Usagef("--shares %d: skillneuron makes masks of 0 to 20 percent", s)
		}
	}
	if c.Prompts != OwnPrompts && c.Prompts != WholePrompts {
		return dataset.Usagef("--prompts %s is unknown: own and whole are known", c.Prompts)
	}
	return nil
}

func (c *Config) settings(path string) settings {
	return settings{
		Task: c.TaskType, DataPath: path, Data: c.Data, Rows: c.Rows, Verb: c.Verb, Concat: c.Concat, Backbone: c.Backbone, PromptSize: *c.PromptSize,
		Seed: *c.Seed, Schedule: c.Schedule, Prompts: c.Prompts, Type: c.Type, Alpha: c.Alpha, Shares: c.Shares, Draws: c.Draws, KeepPercent: c.Keep,
	}
}

// checkLabels refuses what has no way through the steps.
func checkLabels(t dataset.Task) error {
	switch {
	case t.Rule == dataset.BuiltIn:
		return dataset.Usagef("%s has one label: probe it with --probe_type prompt_act", t.Name)
	case t.Labels > 4:
		return dataset.Usagef("%s has %d labels: make a task of two with binarize --positive CLASS, or keep two with --keep_classes A,B", t.Name, t.Labels)
	}
	return nil
}

// words puts the words of --verb in the place of the task's, so that its parts take theirs from them.
func (c *Config) words(t dataset.Task) dataset.Task {
	if words := dataset.ParseWords(join(c.Verb)); len(words) == t.Labels && t.Labels > 1 {
		t.Words = words
	}
	return t
}

func join(words []string) string {
	s := ""
	for i, w := range words {
		if i > 0 {
			s += ","
		}
		s += w
	}
	return s
}

// masksOf are the names of the masks that are perturbed.
func (c *Config) masks(dir func(share int) string) (out []string) {
	for _, s := range slices.Compact(slices.Sorted(slices.Values(c.Shares))) {
		out = append(out, dir(s))
	}
	return out
}

const seedPrefix = "seed-"

func seedDir(seed uint64) string { return fmt.Sprint(seedPrefix, seed) }
