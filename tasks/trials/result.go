package trials

import (
	"github.com/skillneuron/skillneuron/tasks"
)

// Result is what a run found. Scores are by the task's metric.
type Result struct {
	Task     string  `json:"task_type"`
	Labels   int     `json:"labels"`
	Backbone string  `json:"backbone"`
	Dir      string  `json:"dir"`
	Metric   string  `json:"metric"`
	Majority float64 `json:"majority"` // share of the test split's largest class
	Perturb  string  `json:"type"`     // how neurons were perturbed
	Draws    int     `json:"draws"`
	Trials   []Trial `json:"trials"`
	Curve    []Point `json:"curve"`
	Keep     int     `json:"keep"`              // percent, of the pruned models
	Share    float64 `json:"share"`             // of the parameters that a pruned model keeps
	Pruned   float64 `json:"pruned"`            // test score of the pruned models, mean over trials
	Test     float64 `json:"test"`              // and of the whole ones
	Resumed  int     `json:"resumed,omitempty"` // steps that an earlier call had done
	Seconds  float64 `json:"seconds"`           // of this call
}

// Trial is one seed's part of a run.
type Trial struct {
	Seed   uint64            `json:"seed"`
	Dev    float64           `json:"dev"`
	Test   float64           `json:"test"`
	Parts  []Part            `json:"parts"`
	Masks  []tasks.Perturbed `json:"masks"`
	Pruned float64           `json:"pruned"` // test score
}

// Part is a two-label task whose neurons were probed.
type Part struct {
	Task string           `json:"task_type"`
	Test float64          `json:"test"` // of its own prompt; 0 where it has none
	Best tasks.BestNeuron `json:"best"`
}

// Point is one share of perturbed neurons, over the trials.
type Point struct {
	Share   float64 `json:"share"`
	Neurons int     `json:"neurons"`
	Skill   Spread  `json:"skill"`
	Random  Spread  `json:"random"`
}

// Spread is a mean with its range.
type Spread struct {
	Mean  float64 `json:"mean"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

func spread(x []float64) Spread {
	s := Spread{Least: x[0], Most: x[0]}
	for _, v := range x {
		s.Mean += v / float64(len(x))
		s.Least, s.Most = min(s.Least, v), max(s.Most, v)
	}
	return s
}

// summarise fills in what concerns all trials.
func (r *Result) summarise() {
	r.Curve, r.Test, r.Pruned = nil, 0, 0
	n := float64(len(r.Trials))
	for _, t := range r.Trials {
		r.Test += t.Test / n
		r.Pruned += t.Pruned / n
	}
	for i, m := range r.Trials[0].Masks {
		var skill, random []float64
		for _, t := range r.Trials {
			skill = append(skill, t.Masks[i].Score)
			random = append(random, t.Masks[i].Cmp...)
		}
		r.Curve = append(r.Curve, Point{Share: m.Share, Neurons: m.Neurons, Skill: spread(skill), Random: spread(random)})
	}
}
