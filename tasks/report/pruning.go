package report

import (
	"fmt"
	"sort"

	"gonum.org/v1/plot"
)

// PruneScores shows the score of pruned models against the share of neurons kept, one series a way to prune.
type PruneScores struct {
	Metric   string
	Split    string
	Full     float64 // score of the model before pruning
	Majority float64 // score of always guessing the commoner label; 0: not drawn
	Series   []PruneSeries
}

// PruneSeries is one way to prune: which rows the baseline averages over, and whether the prompt was tuned further.
type PruneSeries struct {
	Name   string
	Method int  // series of one method share a colour
	Tuned  bool // tuned further: drawn solid; before: dashed with rings
	Points []PrunePoint
}

// PrunePoint is one pruned model.
type PrunePoint struct {
	Keep      float64 // share of the neurons kept in the pruned layers, in [0, 1]
	Score     float64
	Low, High float64 // interval; both zero: none
	Speedup   float64 // sentences a second against the full model; 0: not measured
}

// Describe implements [Picture].
func (s PruneScores) Describe() string {
	out := fmt.Sprintf("%s of pruned models by the share of neurons kept; the full model has %s.", s.Metric, percent(s.Full))
	for _, r := range s.Series {
		if len(r.Points) > 0 {
			p := r.Points[0]
			out += fmt.Sprintf(" %s: %s with %s kept.", r.Name, percent(p.Score), share(p.Keep))
		}
	}
	return out
}

func (s PruneScores) chart() (*chart, error) {
	// The shares are categories, equally far apart: 2, 10, 25 and 50 % would crowd a linear axis.
	speed := map[float64][]float64{}
	lo, hi := 100*s.Full, 100*s.Full
	if s.Majority > 0 {
		lo, hi = min(lo, 100*s.Majority), max(hi, 100*s.Majority)
	}
	for _, r := range s.Series {
		for i, p := range r.Points {
			if err := finite(p.Keep, p.Score, p.Low, p.High, p.Speedup, s.Full); err != nil {
				return nil, fmt.Errorf("pruning, series %q, point %d: %w", r.Name, i, err)
			}
			speed[p.Keep] = append(speed[p.Keep], p.Speedup)
			lo, hi = min(lo, 100*p.Score), max(hi, 100*p.Score)
			if p.Low != 0 || p.High != 0 {
				lo, hi = min(lo, 100*p.Low), max(hi, 100*p.High)
			}
		}
	}
	if len(speed) == 0 {
		return nil, fmt.Errorf("pruning: no points")
	}
	keeps := make([]float64, 0, len(speed))
	for k := range speed {
		keeps = append(keeps, k)
	}
	sort.Float64s(keeps)
	place := map[float64]float64{}
	var names []plot.Tick
	timed := false
	for i, k := range keeps {
		place[k] = float64(i)
		name := share(k)
		if v := fastest(speed[k]); v > 0 {
			name += fmt.Sprintf("\n%s×", number(v, 2))
			timed = true
		}
		names = append(names, plot.Tick{Value: float64(i), Label: name})
	}
	label := "neurons kept in the pruned layers"
	if timed {
		label += ", and speed against the full model"
	}
	p := newPlot(label, s.Metric+" (%)")
	p.X.Tick.Marker = plot.ConstantTicks(names)
	p.X.Min, p.X.Max = -0.5, float64(len(keeps))-0.5
	p.Y.Min, p.Y.Max = span(lo, hi)

	c := &chart{title: "What pruning to the skill neurons costs", subtitle: s.Split}
	full := *dashed(ink)
	p.Add(level{y: 100 * s.Full, line: full})
	if s.Majority > 0 {
		p.Add(level{y: 100 * s.Majority, line: *dashed(grey)})
	}
	for i, r := range s.Series {
		ink := series[((r.Method%len(series))+len(series))%len(series)]
		k := curve{line: stroke(ink, thick), glyph: dot(ink)}
		if !r.Tuned {
			k.line, k.glyph = dashed(fade(ink, 0.8)), ring(ink)
		}
		w := whiskers{line: *stroke(fade(ink, 0.6), 1.5*cssPixel)}
		points := append([]PrunePoint(nil), r.Points...)
		sort.Slice(points, func(a, b int) bool { return points[a].Keep < points[b].Keep })
		// Series stand side by side within a category, so that their intervals do not lie on each other.
		offset := (float64(i) - float64(len(s.Series)-1)/2) * min(0.12, 0.5/float64(len(s.Series)))
		for _, pt := range points {
			k.x, k.y = append(k.x, place[pt.Keep]+offset), append(k.y, 100*pt.Score)
			w.x, w.lo, w.hi = append(w.x, place[pt.Keep]+offset), append(w.lo, 100*pt.Low), append(w.hi, 100*pt.High)
		}
		p.Add(w, k)
		c.legend = append(c.legend, entry{text: r.Name, line: k.line, glyph: k.glyph})
	}
	c.legend = append(c.legend, entry{text: "full model " + percent(s.Full), line: &full})
	if s.Majority > 0 {
		c.legend = append(c.legend, entry{text: "always the commoner label", line: dashed(grey)})
	}
	c.panels = append(c.panels, p)
	return c, nil
}

// fastest is the largest of some speed-ups.
func fastest(vs []float64) float64 {
	m := 0.0
	for _, v := range vs {
		m = max(m, v)
	}
	return m
}
