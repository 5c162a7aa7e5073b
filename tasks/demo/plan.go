package demo

import (
	"fmt"
	"strings"
)

// Plan is how much the demo computes. All of it is fixed before anything is measured.
type Plan struct {
	Name   string `json:"name"`
	Train  int    `json:"train"` // sentences to tune and probe on; 0: all
	Dev    int    `json:"dev"`   // 0: all
	Test   int    `json:"test"`  // 0: all
	Epochs int    `json:"epochs"`

	EvalEvery int `json:"eval_every_step"`
	Probed    int `json:"probed"` // train sentences that averages are measured on; 0: all of Train

	Shares []int `json:"shares_percent"`  // of each layer's neurons, perturbed; out of 0 … 20
	Curve  int   `json:"curve_sentences"` // test sentences that the curves are measured on; 0: all
	Draws  int   `json:"draws"`           // random sets of neurons beside each set of skill neurons
	// Alpha is the gaussian noise in units of each neuron's own deviation. 3 drowns what a neuron tells of a sentence, as setting it to zero
	// removes it; 1 would leave much of it.
	Alpha     float64 `json:"alpha"`
	Deviation int     `json:"deviation_sentences"` // train sentences that the deviations are measured on

	Keep        []int `json:"keep_percent"`         // of the neurons in pruned layers
	FurtherKeep []int `json:"further_keep_percent"` // which of them are tuned further
	Further     int   `json:"further_sentences"`    // train sentences for that; 0: all

	SpeedRuns int `json:"speed_runs"`
	Timed     int `json:"speed_sentences"` // test sentences; 0: all
}

// The plans, the largest first.
const (
	PlanFull     = "full"     // every test sentence, more draws: for DEMO=full
	PlanStandard = "standard" // two epochs
	PlanShort    = "short"    // two epochs, fewer sentences and draws elsewhere
	PlanBrief    = "brief"    // one epoch, and fewer still
)

// Plans lists their names.
var Plans = []string{PlanFull, PlanStandard, PlanShort, PlanBrief}

// Named returns a plan.
func Named(name string) (Plan, error) {
	p := Plan{
		Name: PlanStandard, Epochs: 2, EvalEvery: 62,
		Shares: []int{0, 2, 5, 10, 20}, Curve: 500, Draws: 5, Alpha: 3, Deviation: 256,
		Keep: []int{2, 10, 25, 50}, FurtherKeep: []int{2}, Further: 3456, SpeedRuns: 3, Timed: 600,
	}
	switch name {
	case PlanStandard:
	case PlanFull:
		p.Curve, p.Draws, p.FurtherKeep, p.Deviation, p.Timed = 0, 10, []int{2, 10, 25, 50}, 1024, 0
	case PlanShort:
		p.Curve, p.Draws, p.Further, p.Timed = 300, 3, 1728, 300
	case PlanBrief:
		p.Epochs, p.Curve, p.Draws, p.Further, p.Timed, p.Probed = 1, 200, 3, 864, 300, 3456
	default:
		return p, fmt.Errorf("plan %q is unknown: %s are known", name, strings.Join(Plans, ", "))
	}
	p.Name = name
	return p, nil
}

// Limit is the time in seconds that a plan may be expected to take to be chosen: five minutes less what building takes in a fresh clone.
const Limit = 270

// Choose returns the largest of standard, short and brief that should take at most [Limit] seconds when one training step takes the given time.
func Choose(step float64, s Sizes) Plan {
	var p Plan
	for _, name := range []string{PlanStandard, PlanShort, PlanBrief} {
		p, _ = Named(name)
		if p.Steps(s)*step <= Limit {
			break
		}
	}
	return p
}

// Sizes are the number of sentences in the splits.
type Sizes struct{ Train, Dev, Test int }

// Costs of other work in units of a training step of the same number of sentences, measured on mini; they are no better than ten percent.
const (
	forwardCost = 0.34 // a pass that stops at the logits
	probeCost   = 0.50 // a pass with every neuron measured
	prunedCost  = 0.65 // the average of the pruned models against the full one
)

// Steps estimates the plan's work in training steps.
func (p Plan) Steps(s Sizes) float64 {
	some := func(n, all int) float64 {
		if n == 0 || n > all {
			n = all
		}
		return float64(n) / batchSize
	}
	train, dev, test := some(p.Train, s.Train), some(p.Dev, s.Dev), some(p.Test, s.Test)
	curve, further := some(p.Curve, s.Test), some(p.Further, s.Train)

	tuning := float64(p.Epochs) * train
	tuning += (tuning/float64(p.EvalEvery) + 1) * dev * forwardCost
	probing := (some(p.Probed, s.Train)+dev+test)*probeCost + (dev+test)*forwardCost
	perturbing := 2 * curve * float64(1+(len(p.Shares)-1)*(1+p.Draws)) * forwardCost
	pruning := 2*float64(len(p.Keep))*test*forwardCost*prunedCost +
		2*float64(len(p.FurtherKeep))*(further+(3*dev+2*test)*forwardCost)*prunedCost
	speed := float64(2*p.SpeedRuns) * some(p.Timed, s.Test) * forwardCost * (1 + prunedCost)
	return tuning + probing + perturbing + pruning + speed
}

// settings are the plan's choices as a reader wants to know them.
func (p Plan) settings() string {
	shares := make([]string, len(p.Shares))
	for i, s := range p.Shares {
		shares[i] = fmt.Sprint(s)
	}
	sentences := "all test sentences"
	if p.Curve > 0 {
		sentences = fmt.Sprintf("%d test sentences drawn from the seed", p.Curve)
	}
	return fmt.Sprintf("shares of %s %%; %s; %d random draws; activations set to zero, or noise added that is %g times as large as what the neuron varies by between sentences",
		strings.Join(shares, ", "), sentences, p.Draws, p.Alpha)
}
