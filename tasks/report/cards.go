package report

import (
	"fmt"
	"math"
)

// Cards show single sentences: what the model predicts, which skill neurons fire, and what switching them off changes.
type Cards []Card

// Card is one sentence.
type Card struct {
	Sentence    string
	Label       string // predicted
	Probability float64
	Gold        string // true label; empty: unknown
	Fired       []Fired
	Skill       int // skill neurons looked at; Fired are those above their baseline, the strongest of them
	Off         []Effect
}

// Fired is a skill neuron whose activation exceeds its baseline.
type Fired struct {
	Layer, Index int
	Activation   float64
	Threshold    float64 // the baseline
	Label        string  // what an activation above the baseline speaks for
	Predictivity float64
}

// Effect is the prediction after an intervention.
type Effect struct {
	What        string // such as "top 1 % skill neurons off"
	Label       string
	Probability float64
}

func (cs Cards) check() error {
	for i, c := range cs {
		if !(c.Probability >= 0 && c.Probability <= 1) {
			return fmt.Errorf("card %d (%.40q): probability %g is not in [0, 1]", i+1, c.Sentence, c.Probability)
		}
		for _, n := range c.Fired {
			if err := finite(n.Activation, n.Threshold, n.Predictivity); err != nil {
				return fmt.Errorf("card %d (%.40q), neuron (%d, %d): %w", i+1, c.Sentence, n.Layer, n.Index, err)
			}
		}
		for _, e := range c.Off {
			if !(e.Probability >= 0 && e.Probability <= 1) {
				return fmt.Errorf("card %d (%.40q), %s: probability %g is not in [0, 1]", i+1, c.Sentence, e.What, e.Probability)
			}
		}
	}
	return nil
}

// finite returns an error that names the first value that is NaN or infinite.
func finite(vs ...float64) error {
	for i, v := range vs {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("value %d is %g", i, v)
		}
	}
	return nil
}
