package report

import (
	"fmt"
	"math"
	"strings"
)

// PerturbationCurve shows the score against the share of neurons perturbed, skill neurons beside as many random ones (the paper's figure 4).
type PerturbationCurve struct {
	Method        string  // what happens to the activations, such as "set to zero"
	Metric        string  // such as "accuracy"
	Split         string  // such as "test, 1,821 sentences"
	Interval      string  // what the random neurons' intervals are, such as "95 % over 5 draws"
	SkillInterval string  // what the skill neurons' intervals are, such as "95 % by bootstrap"
	Majority      float64 // score of always guessing the commoner label; 0: not drawn
	Points        []PerturbationPoint
}

// PerturbationPoint is one share of neurons. Scores are fractions.
type PerturbationPoint struct {
	Share                float64 // of the neurons of each layer, in [0, 1]
	Skill                float64
	SkillLow, SkillHigh  float64 // its interval; both zero: none
	Random               float64 // mean over the draws
	RandomLow, RandomTop float64 // its interval
}

// Describe implements [Picture].
func (c PerturbationCurve) Describe() string {
	if len(c.Points) == 0 {
		return ""
	}
	last := c.Points[len(c.Points)-1]
	return fmt.Sprintf("Curves of %s against the share of neurons whose activation is %s. With %s of the neurons the top skill neurons leave %s, as many random neurons leave %s (%s to %s).",
		c.Metric, c.Method, share(last.Share), percent(last.Skill), percent(last.Random), percent(last.RandomLow), percent(last.RandomTop))
}

func (c PerturbationCurve) chart() (*chart, error) {
	if len(c.Points) == 0 {
		return nil, fmt.Errorf("perturbation curve: no points")
	}
	var x, skill, skillLo, skillHi, random, randomLo, randomHi []float64
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, p := range c.Points {
		if p.SkillLow == 0 && p.SkillHigh == 0 {
			p.SkillLow, p.SkillHigh = p.Skill, p.Skill
		}
		if err := finite(p.Share, p.Skill, p.SkillLow, p.SkillHigh, p.Random, p.RandomLow, p.RandomTop); err != nil {
			return nil, fmt.Errorf("perturbation curve, point %d: %w", i, err)
		}
		if i > 0 && p.Share <= c.Points[i-1].Share {
			return nil, fmt.Errorf("perturbation curve, point %d: share %g does not exceed the one before", i, p.Share)
		}
		x = append(x, 100*p.Share)
		skill, skillLo, skillHi = append(skill, 100*p.Skill), append(skillLo, 100*p.SkillLow), append(skillHi, 100*p.SkillHigh)
		random, randomLo, randomHi = append(random, 100*p.Random), append(randomLo, 100*p.RandomLow), append(randomHi, 100*p.RandomTop)
		lo = min(lo, 100*p.SkillLow, 100*p.RandomLow)
		hi = max(hi, 100*p.SkillHigh, 100*p.RandomTop)
	}
	if c.Majority > 0 {
		lo, hi = min(lo, 100*c.Majority), max(hi, 100*c.Majority)
	}
	p := newPlot("neurons perturbed in each layer (%)", c.Metric+" (%)")
	p.Y.Min, p.Y.Max = span(lo, hi)
	p.X.Min, p.X.Max = 0, x[len(x)-1]
	if x[0] == p.X.Max || x[0] < 0 {
		p.X.Min, p.X.Max = x[0]-1, x[0]+1
	}
	// Markers at the ends stay whole.
	pad := 0.015 * (p.X.Max - p.X.Min)
	p.X.Min, p.X.Max = p.X.Min-pad, p.X.Max+pad

	out := &chart{
		title:    strings.ToUpper(c.Metric[:min(1, len(c.Metric))]) + c.Metric[min(1, len(c.Metric)):] + " with neurons " + c.Method,
		subtitle: c.Split,
	}
	if c.Majority > 0 {
		p.Add(level{y: 100 * c.Majority, line: *dashed(grey)})
	}
	p.Add(
		band{x: x, lo: randomLo, hi: randomHi, fill: fade(blue, 0.18)},
		curve{x: x, y: random, line: stroke(blue, thick), glyph: ring(blue)},
		whiskers{x: x, lo: skillLo, hi: skillHi, line: *stroke(fade(vermillion, 0.6), 1.5*cssPixel)},
		curve{x: x, y: skill, line: stroke(vermillion, thick), glyph: dot(vermillion)},
	)
	out.legend = []entry{
		{text: "top skill neurons" + bracketed(c.SkillInterval), line: stroke(vermillion, thick), glyph: dot(vermillion)},
		{text: "as many random neurons" + bracketed(c.Interval), fill: fade(blue, 0.18), line: stroke(blue, thick), glyph: ring(blue)},
	}
	if c.Majority > 0 {
		out.legend = append(out.legend, entry{text: "always the commoner label", line: dashed(grey)})
	}
	out.panels = append(out.panels, p)
	return out, nil
}

// span widens a range of scores so that marks do not touch the frame, to at least four points.
func span(lo, hi float64) (float64, float64) {
	pad := max(0.06*(hi-lo), 0.5)
	lo, hi = lo-pad, hi+pad
	if hi-lo < 4 {
		mid := (lo + hi) / 2
		lo, hi = mid-2, mid+2
	}
	return lo, hi
}

// bracketed adds a remark in brackets, if there is one.
func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
