package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// Cards show single sentences: what the model predicts, which skill neurons fire, and what switching them off changes.
type Cards []Card

// Card is one sentence.
type Card struct {
	Sentence    string   `json:"sentence"`
	Label       string   `json:"label"` // predicted
	Probability float64  `json:"probability"`
	Gold        string   `json:"gold,omitempty"` // true label; empty: unknown
	Fired       []Fired  `json:"fired"`
	Firing      int      `json:"firing"` // how many skill neurons exceed their baseline, of Skill looked at; Fired are the ones shown
	Skill       int      `json:"skill"`  // 0: not told
	Off         []Effect `json:"off"`
}

// Fired is a skill neuron whose activation exceeds its baseline.
type Fired struct {
	Layer        int     `json:"layer"`
	Index        int     `json:"neuron"`
	Activation   float64 `json:"activation"`
	Threshold    float64 `json:"threshold"`  // the baseline
	Label        string  `json:"speaks_for"` // what an activation above the baseline speaks for
	Predictivity float64 `json:"predictivity"`
}

// Effect is the prediction after an intervention.
type Effect struct {
	What        string  `json:"what"` // such as "top 1 % skill neurons off"
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
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

// fired says how many of the skill neurons fire.
func (c Card) fired() string {
	s := fmt.Sprintf("%s of %s skill neurons fire", amount.Commas(c.Firing), amount.Commas(c.Skill))
	if c.Firing > len(c.Fired) && len(c.Fired) > 0 {
		s += fmt.Sprintf("; shown: the first %d", len(c.Fired))
	}
	return s + "."
}

// Text writes the card for a terminal.
func (c Card) Text(w io.Writer) error {
	if err := (Cards{c}).check(); err != nil {
		return err
	}
	lines := Table{Columns: []string{"  prediction", "label", "probability"}}
	predicted := "predicted"
	if c.Gold != "" {
		predicted += " (labelled " + c.Gold + ")"
	}
	lines.Add("  "+predicted, c.Label, percent(c.Probability))
	for _, e := range c.Off {
		changed := ""
		if e.Label != c.Label {
			changed = " (changed)"
		}
		lines.Add("  "+e.What, e.Label+changed, percent(e.Probability))
	}
	var b strings.Builder
	b.WriteString(c.clean() + "\n")
	if err := lines.Text(&b); err != nil {
		return err
	}
	if len(c.Fired) > 0 {
		neurons := Table{Columns: []string{"  skill neuron that fires", "activation", "baseline", "speaks for", "predictivity"}}
		for _, n := range c.Fired {
			neurons.Add("  "+neuron(n.Layer, n.Index), activation(n.Activation), activation(n.Threshold), n.Label, percent(n.Predictivity))
		}
		b.WriteString("\n")
		if err := neurons.Text(&b); err != nil {
			return err
		}
	}
	if c.Skill > 0 {
		b.WriteString("  " + c.fired() + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// clean is the sentence without control characters, which a terminal would obey.
func (c Card) clean() string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, c.Sentence)
}
