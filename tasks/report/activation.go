package report

import (
	"fmt"
	"image/color"
	"math"
	"sort"

	"gonum.org/v1/plot/vg/draw"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// ActivationHistogram shows one neuron's activations for the sentences of two labels, with the baseline between them (the paper's figure 1).
type ActivationHistogram struct {
	Layer, Index int
	Where        string       // what the activation was read at, such as "prompt row 3"; may be empty
	Labels       [2]string    // names of labels 0 and 1
	Values       [2][]float64 // activations of the sentences of each label
	Threshold    float64      // the baseline
	Accuracy     float64      // share of the sentences on their label's side of the baseline, in [0, 1]
	Split        string       // such as "test"
}

// Describe implements [Picture].
func (h ActivationHistogram) Describe() string {
	return fmt.Sprintf("Histograms of the activation of neuron (%s) for %s %s and %s %s sentences of the %s split. The baseline %s separates them with an accuracy of %s.",
		neuron(h.Layer, h.Index), amount.Commas(len(h.Values[0])), h.Labels[0], amount.Commas(len(h.Values[1])), h.Labels[1], h.Split, brief(h.Threshold), percent(h.Accuracy))
}

func (h ActivationHistogram) chart() (*chart, error) {
	var all []float64
	for i, vs := range h.Values {
		if len(vs) == 0 {
			return nil, fmt.Errorf("activation histogram: no sentence has the label %q", h.Labels[i])
		}
		if err := finite(vs...); err != nil {
			return nil, fmt.Errorf("activation histogram, label %q: %w", h.Labels[i], err)
		}
		all = append(all, vs...)
	}
	if err := finite(h.Threshold, h.Accuracy); err != nil {
		return nil, fmt.Errorf("activation histogram, threshold and accuracy: %w", err)
	}
	edges := bins(all, h.Threshold)
	where := "activation"
	if h.Where != "" {
		where += " at " + h.Where
	}
	p := newPlot(where, "share of the label's sentences (%)")
	p.X.Min, p.X.Max = edges[0], edges[len(edges)-1]
	c := &chart{
		title: fmt.Sprintf("Activation of one neuron (%s) by label", neuron(h.Layer, h.Index)),
		subtitle: fmt.Sprintf("%s of %s %s sentences lie on their label's side of the baseline",
			percent(h.Accuracy), amount.Commas(len(all)), h.Split),
	}
	top := 0.0
	for i, colour := range []color.NRGBA{orange, blue} {
		heights := histogram(h.Values[i], edges)
		for j := range heights {
			heights[j] *= 100 / float64(len(h.Values[i]))
			top = math.Max(top, heights[j])
		}
		p.Add(steps{edges: edges, heights: heights, fill: fade(colour, 0.35), line: draw.LineStyle{Color: colour, Width: 1.5 * cssPixel}})
		c.legend = append(c.legend, entry{
			text: fmt.Sprintf("%s (%s)", h.Labels[i], amount.Of(len(h.Values[i]), "sentence")), fill: fade(colour, 0.5),
		})
	}
	p.Y.Min, p.Y.Max = 0, top*1.14
	p.Add(vertical{x: h.Threshold, text: "baseline " + brief(h.Threshold), line: *dashed(ink)})
	c.panels = append(c.panels, p)
	return c, nil
}

// bins divides the range of values and of one more value into equal bins, by Freedman and Diaconis's rule, from 30 to 60 of them.
func bins(values []float64, also float64) []float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	n := len(sorted)
	lo, hi := math.Min(sorted[0], also), math.Max(sorted[n-1], also)
	if pad := (hi - lo) * 0.02; pad > 0 {
		lo, hi = lo-pad, hi+pad
	} else {
		lo, hi = lo-0.5, hi+0.5
	}
	k := 60
	if iqr := sorted[n*3/4] - sorted[n/4]; iqr > 0 {
		k = int((hi - lo) * math.Cbrt(float64(n)) / (2 * iqr))
	}
	k = min(60, max(30, k))
	edges := make([]float64, k+1)
	for i := range edges {
		edges[i] = lo + (hi-lo)*float64(i)/float64(k)
	}
	return edges
}

// histogram counts values in equal bins; the last one includes its upper edge.
func histogram(values, edges []float64) []float64 {
	k := len(edges) - 1
	out := make([]float64, k)
	width := (edges[k] - edges[0]) / float64(k)
	for _, v := range values {
		i := int((v - edges[0]) / width)
		out[min(k-1, max(0, i))]++
	}
	return out
}
