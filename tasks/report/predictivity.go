package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// PredictivityHistogram counts neurons by predictivity, on a logarithmic axis since the few good ones are the point (the paper's figure 3).
type PredictivityHistogram struct {
	Series []PredictivitySeries
	Chance float64 // what always guessing the commoner label reaches; 0: not drawn
	Split  string
}

// PredictivitySeries is one way to read the neurons' activations.
type PredictivitySeries struct {
	Name   string      // such as "prompt" or "mean pooling"
	Layers [][]float64 // predictivity max(accuracy, 1-accuracy) by layer and unit, in [0.5, 1]
}

// best returns the neuron of the highest predictivity; ties go to the lower layer and index.
func best(layers [][]float64) (layer, index int, value float64) {
	value = math.Inf(-1)
	for l, units := range layers {
		for i, v := range units {
			if v > value {
				layer, index, value = l, i, v
			}
		}
	}
	return layer, index, value
}

// checkLayers refuses predictivities that are none.
func checkLayers(what string, layers [][]float64) (n int, err error) {
	for l, units := range layers {
		for i, v := range units {
			if !(v >= 0 && v <= 1) {
				return 0, fmt.Errorf("%s: predictivity of neuron (%s) is %g, not in [0, 1]", what, neuron(l, i), v)
			}
			n++
		}
	}
	if n == 0 {
		return 0, fmt.Errorf("%s: no neurons", what)
	}
	return n, nil
}

// Describe implements [Picture].
func (h PredictivityHistogram) Describe() string {
	var parts []string
	for _, s := range h.Series {
		l, i, v := best(s.Layers)
		parts = append(parts, fmt.Sprintf("%s: the best neuron (%s) reaches %s", s.Name, neuron(l, i), percent(v)))
	}
	return fmt.Sprintf("Histogram of the predictivity of all neurons on the %s split. %s.", h.Split, strings.Join(parts, "; "))
}

func (h PredictivityHistogram) chart() (*chart, error) {
	if len(h.Series) == 0 {
		return nil, fmt.Errorf("predictivity histogram: no series")
	}
	lo, hi := 0.5, 0.6
	neurons := 0
	for _, s := range h.Series {
		n, err := checkLayers("predictivity histogram, "+s.Name, s.Layers)
		if err != nil {
			return nil, err
		}
		neurons = max(neurons, n)
		for _, units := range s.Layers {
			for _, v := range units {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	hi = math.Max(hi, h.Chance)
	const width = 0.01
	k := int(math.Ceil((hi-lo)/width+1e-9)) + 2
	edges := make([]float64, k+1)
	for i := range edges {
		edges[i] = 100 * (lo + width*float64(i))
	}

	p := newPlot("predictivity (%)", "neurons (logarithmic)")
	p.X.Min, p.X.Max = edges[0], edges[k]
	// Heights are logarithms: a logarithmic scale of the plot's own misplaces the axis label's box and leaves a gap above.
	p.Y.Tick.Marker = powers{}
	const floor = -0.2
	c := &chart{subtitle: fmt.Sprintf("%s, measured on the %s split, in steps of one percentage point", amount.Of(neurons, "neuron"), h.Split)}
	top := 0.0
	var marks []plot.Plotter
	for i, s := range h.Series {
		colour := series[i%len(series)]
		var flat []float64
		for _, units := range s.Layers {
			for _, v := range units {
				flat = append(flat, 100*v)
			}
		}
		heights := histogram(flat, edges)
		for j, n := range heights {
			heights[j] = math.Log10(n)
			top = math.Max(top, heights[j])
		}
		st := steps{edges: edges, heights: heights, floor: floor, line: draw.LineStyle{Color: colour, Width: 1.75 * cssPixel}}
		if len(h.Series) == 1 {
			st.fill = fade(colour, 0.35)
		} else {
			st.fill = fade(colour, 0.12)
		}
		p.Add(st)
		l, u, v := best(s.Layers)
		mark := vertical{x: 100 * v, line: *stroke(colour, 1.5*cssPixel)}
		named := fmt.Sprintf("best %s (%s)", percent(v), neuron(l, u))
		if len(h.Series) == 1 {
			mark.text = named
		} else {
			c.legend = append(c.legend, entry{text: s.Name + ", " + named, line: stroke(colour, thick)})
		}
		marks = append(marks, mark)
	}
	if h.Chance > 0 {
		marks = append(marks, vertical{x: 100 * h.Chance, line: *dashed(grey)})
		c.legend = append(c.legend, entry{text: "always the commoner label, " + percent(h.Chance), line: dashed(grey)})
	}
	p.Add(marks...)
	p.Y.Min, p.Y.Max = floor, (top-floor)*1.12+floor
	c.title = "How well each neuron alone predicts the label"
	c.panels = append(c.panels, p)
	return c, nil
}
