package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/report"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// deviationFile is where the unit of the noise is kept, beside what probe writes.
const deviationFile = "train_deviation.npy"

func (d *demo) perturb(ctx context.Context) error {
	d.heading("Disturbing them", "If the skill neurons carry the skill, disturbing them costs more than disturbing as many random ones. Fixed beforehand: "+d.r.Plan.settings()+".")
	deviations := d.path(task, deviationFile)
	if err := d.deviations(ctx, deviations); err != nil {
		return err
	}
	zero := tasks.PerturbConfig{Type: "zero"}
	noise := tasks.PerturbConfig{Type: "gaussian", Alpha: &d.r.Plan.Alpha, Deviations: deviations}
	for _, cfg := range []tasks.PerturbConfig{zero, noise} {
		c, err := d.curve(ctx, cfg)
		if err != nil {
			return err
		}
		d.r.Curves = append(d.r.Curves, *c)
		d.figs.curves = append(d.figs.curves, c.picture())
		d.table(c.table())
		d.text(c.Verdict)
	}
	return nil
}

// curve perturbs by every share in one go.
func (d *demo) curve(ctx context.Context, cfg tasks.PerturbConfig) (*Curve, error) {
	p := d.r.Plan
	cfg.Common = d.tuned(d.Dir)
	cfg.SaveTo = d.path("perturb-" + cfg.Type)
	if p.Curve > 0 {
		cfg.Rows.Test = p.Curve
	}
	cfg.Cmp, cfg.Draws = true, p.Draws
	for _, s := range p.Shares {
		cfg.Masks = append(cfg.Masks, d.share(s))
	}
	r, err := tasks.Perturb(ctx, cfg)
	if err != nil {
		return nil, err
	}
	c := &Curve{Kind: cfg.Type, Draws: p.Draws, Majority: r.Majority}
	if cfg.Alpha != nil {
		c.Alpha = *cfg.Alpha
	}
	for i, m := range r.Masks {
		right := correct(m.Predictions)
		c.Sentences = len(right)
		if m.Neurons == 0 {
			c.Baseline = wilson(right)
			continue
		}
		random := make([][]bool, len(m.CmpPredictions))
		for k, r := range m.CmpPredictions {
			random[k] = correct(r)
		}
		one, err := compare(right, random, dataset.Stream(*d.Seed, "bootstrap/"+cfg.Type, uint64(i)))
		if err != nil {
			return nil, err
		}
		one.Share, one.Neurons = float64(p.Shares[i])/100, m.Neurons
		c.Points = append(c.Points, one)
	}
	c.Verdict = c.verdict()
	return c, nil
}

// what is done to the activations.
func (c *Curve) what() string {
	if c.Kind == "gaussian" {
		return "disturbed by noise of " + deviation(c.Alpha)
	}
	return "set to zero"
}

// deviation names the noise's size.
func deviation(alpha float64) string {
	if alpha == 1 {
		return "their own deviation"
	}
	return fmt.Sprintf("%g times their own deviation", alpha)
}

// verdict says in plain words what the curve shows at the largest share and in how many of the shares.
func (c *Curve) verdict() string {
	if len(c.Points) == 0 {
		return "No neurons were disturbed."
	}
	last := c.Points[len(c.Points)-1]
	worse, better := 0, 0
	for _, p := range c.Points {
		switch {
		case p.Null():
		case p.Difference.Value < 0:
			worse++
		default:
			better++
		}
	}
	interval := fmt.Sprintf("%s points, 95 %% interval %s to %s", points(last.Difference.Value), points(last.Difference.Low), points(last.Difference.High))
	var s string
	switch at := fmt.Sprintf("With %.0f %% of the neurons %s", 100*last.Share, c.what()); {
	case last.Null():
		s = fmt.Sprintf("%s, accuracy with skill neurons and with random ones cannot be told apart (%s): a null result.", at, interval)
	case last.Difference.Value < 0:
		s = fmt.Sprintf("%s, the skill neurons cost more accuracy than random ones (%s).", at, interval)
	default:
		s = fmt.Sprintf("%s, random neurons cost more accuracy than the skill neurons (%s): the opposite of what the method expects.", at, interval)
	}
	n := len(c.Points)
	switch {
	case worse+better == 0:
		s += fmt.Sprintf(" None of the %d shares shows a difference.", n)
	case better == 0:
		s += fmt.Sprintf(" %d of the %d shares %s the skill neurons to cost more.", worse, n, show(worse))
	case worse == 0:
		s += fmt.Sprintf(" %d of the %d shares %s random neurons to cost more.", better, n, show(better))
	default:
		s += fmt.Sprintf(" Of the %d shares %d %s the skill neurons to cost more, %d random ones.", n, worse, show(worse), better)
	}
	return s
}

func (c *Curve) table() table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("Accuracy on %s with neurons %s; undisturbed %s", amount.Of(c.Sentences, "test sentence"), c.what(), percent(c.Baseline.Value)),
		Columns: []string{"neurons", "skill", "random (mean)", "skill − random, points", "McNemar p, a draw each"},
	}
	for _, p := range c.Points {
		var ps []string
		for _, v := range p.P {
			ps = append(ps, pvalue(v))
		}
		t.Add(fmt.Sprintf("%.0f %%", 100*p.Share), percent(p.Skill.Value), percent(p.Random.Value), p.change(), strings.Join(ps, " "))
	}
	t.Notes = append(t.Notes, fmt.Sprintf("Brackets: 95 %% interval over sentences and the %d random draws, paired by sentence; “none”: it contains zero. One interval in twenty misses by chance.", c.Draws))
	return t
}

func (c *Curve) picture() report.PerturbationCurve {
	method := "set to zero"
	if c.Kind == "gaussian" {
		method = "under noise of " + deviation(c.Alpha)
	}
	out := report.PerturbationCurve{
		Method: method, Metric: "accuracy", Split: amount.Of(c.Sentences, "test sentence"),
		Interval: fmt.Sprintf("95 %%, %d draws", c.Draws), SkillInterval: "95 %, sentences", Majority: c.Majority,
	}
	b := c.Baseline
	out.Points = append(out.Points, report.PerturbationPoint{
		Skill: b.Value, SkillLow: b.Low, SkillHigh: b.High, Random: b.Value, RandomLow: b.Value, RandomTop: b.Value,
	})
	for _, p := range c.Points {
		out.Points = append(out.Points, report.PerturbationPoint{
			Share: p.Share, Skill: p.Skill.Value, SkillLow: p.Skill.Low, SkillHigh: p.Skill.High,
			Random: p.Random.Value, RandomLow: p.Random.Low, RandomTop: p.Random.High,
		})
	}
	return out
}
