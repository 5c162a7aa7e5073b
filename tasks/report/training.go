package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// TrainingCurve shows the loss of each step above the score on the dev split.
type TrainingCurve struct {
	Steps    []float64 // step numbers of Loss, rising
	Loss     []float64 // cross-entropy of the step's batch, in nats
	DevSteps []float64 // step numbers of Dev, rising
	Dev      []float64 // scores as fractions
	Metric   string    // such as "accuracy"
	Majority float64   // score of always guessing the commoner label; 0: not drawn
}

// bestDev returns where the best dev score stands; of equal ones the last, which replaces the others when tuning.
func (t TrainingCurve) bestDev() int {
	b := -1
	for i, v := range t.Dev {
		if b < 0 || v >= t.Dev[b] {
			b = i
		}
	}
	return b
}

// Describe implements [Picture].
func (t TrainingCurve) Describe() string {
	b := t.bestDev()
	if b < 0 || len(t.Loss) == 0 {
		return "Training loss by step."
	}
	return fmt.Sprintf("Training loss of %s, and below it the dev split's %s, best at step %s with %s.",
		amount.Of(len(t.Loss), "step"), t.Metric, amount.Commas(int(t.DevSteps[b])), percent(t.Dev[b]))
}

func (t TrainingCurve) chart() (*chart, error) {
	if len(t.Loss) == 0 || len(t.Steps) != len(t.Loss) || len(t.DevSteps) != len(t.Dev) {
		return nil, fmt.Errorf("training curve: %d losses at %d steps, %d scores at %d steps", len(t.Loss), len(t.Steps), len(t.Dev), len(t.DevSteps))
	}
	for what, vs := range map[string][]float64{"steps": t.Steps, "loss": t.Loss, "dev steps": t.DevSteps, "dev": t.Dev} {
		if err := finite(vs...); err != nil {
			return nil, fmt.Errorf("training curve, %s: %w", what, err)
		}
	}
	first, last := t.Steps[0], t.Steps[len(t.Steps)-1]
	if n := len(t.DevSteps); n > 0 {
		first, last = min(first, t.DevSteps[0]), max(last, t.DevSteps[n-1])
	}
	if last == first {
		last = first + 1
	}
	pad := 0.01 * (last - first)

	loss := newPlot("", "loss (nats)")
	loss.X.Min, loss.X.Max = first-pad, last+pad
	loss.X.Tick.Marker = ticks{whole: true}
	top := 0.0
	for _, v := range t.Loss {
		top = max(top, v)
	}
	loss.Y.Min, loss.Y.Max = 0, top*1.05+1e-9
	c := &chart{title: "Loss and score while tuning", subtitle: amount.Of(len(t.Loss), "step"), panels: []*plot.Plot{loss}}
	raw := curve{x: t.Steps, y: t.Loss, line: stroke(fade(blue, 0.3), thin)}
	window := max(1, len(t.Loss)/40)
	even := curve{x: t.Steps, y: smooth(t.Loss, window), line: stroke(blue, thick)}
	loss.Add(raw, even)
	c.legend = append(c.legend, entry{text: "loss of a batch", line: stroke(fade(blue, 0.4), thin)})
	if window > 1 {
		c.legend = append(c.legend, entry{text: fmt.Sprintf("mean of %d steps", 2*window+1), line: even.line})
	}

	b := t.bestDev()
	if b < 0 {
		loss.X.Label.Text = "step"
		return c, nil
	}
	dev := newPlot("step", "dev "+t.Metric+" (%)")
	dev.X.Min, dev.X.Max = loss.X.Min, loss.X.Max
	dev.X.Tick.Marker = loss.X.Tick.Marker
	lo, hi := math.Inf(1), math.Inf(-1)
	ys := make([]float64, len(t.Dev))
	for i, v := range t.Dev {
		ys[i] = 100 * v
		lo, hi = min(lo, ys[i]), max(hi, ys[i])
	}
	if t.Majority > 0 {
		lo, hi = min(lo, 100*t.Majority), max(hi, 100*t.Majority)
		dev.Add(level{y: 100 * t.Majority, line: *dashed(grey)})
	}
	dev.Y.Min, dev.Y.Max = span(lo, hi)
	dev.Add(
		curve{x: t.DevSteps, y: ys, line: stroke(green, thick)},
		&plotter.Scatter{XYs: plotter.XYs{{X: t.DevSteps[b], Y: ys[b]}}, GlyphStyle: *dot(vermillion)},
	)
	c.legend = append(c.legend,
		entry{text: "dev " + t.Metric, line: stroke(green, thick)},
		entry{text: "best, kept", glyph: dot(vermillion)})
	if t.Majority > 0 {
		c.legend = append(c.legend, entry{text: "always the commoner label", line: dashed(grey)})
	}
	c.subtitle += fmt.Sprintf("; best dev %s %s at step %s", t.Metric, percent(t.Dev[b]), amount.Commas(int(t.DevSteps[b])))
	c.panels = append(c.panels, dev)
	return c, nil
}

// smooth is the mean over w values to either side, fewer at the ends.
func smooth(vs []float64, w int) []float64 {
	out := make([]float64, len(vs))
	for i := range vs {
		from, to := max(0, i-w), min(len(vs), i+w+1)
		sum := 0.0
		for _, v := range vs[from:to] {
			sum += v
		}
		out[i] = sum / float64(to-from)
	}
	return out
}
