package report

import (
	"fmt"
	"image/color"
	"math"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// LayerPredictivity shows how predictive the neurons of each layer are: box of the middle half, whiskers from the 1st to the 99th percentile, and
// the best neuron.
type LayerPredictivity struct {
	Layers [][]float64 // predictivity by layer and unit, in [0.5, 1]
	Split  string
}

// Describe implements [Picture].
func (p LayerPredictivity) Describe() string {
	l, i, v := best(p.Layers)
	return fmt.Sprintf("Predictivity of the neurons of %s on the %s split, a box plot a layer. The best neuron (%s) reaches %s.",
		amount.Of(len(p.Layers), "layer"), p.Split, neuron(l, i), percent(v))
}

func (p LayerPredictivity) chart() (*chart, error) {
	if _, err := checkLayers("predictivity by layer", p.Layers); err != nil {
		return nil, err
	}
	pl := newPlot("layer (0 reads the embeddings)", "predictivity (%)")
	hi := 0.0
	lo := 100.0
	var peaks plotter.XYs
	boxes := boxes{fill: fade(blue, 0.25), line: *stroke(blue, 1.5*cssPixel)}
	var names []plot.Tick
	for l, units := range p.Layers {
		if len(units) == 0 {
			return nil, fmt.Errorf("predictivity by layer: layer %d has no neurons", l)
		}
		sorted := append([]float64(nil), units...)
		sort.Float64s(sorted)
		var b box
		for i, q := range []float64{0.01, 0.25, 0.5, 0.75, 0.99} {
			b[i] = 100 * quantile(sorted, q)
		}
		boxes.at = append(boxes.at, b)
		top := 100 * sorted[len(sorted)-1]
		peaks = append(peaks, plotter.XY{X: float64(l), Y: top})
		lo, hi = math.Min(lo, b[0]), math.Max(hi, top)
		if len(p.Layers) <= 16 || l%2 == 0 {
			names = append(names, plot.Tick{Value: float64(l), Label: fmt.Sprint(l)})
		}
	}
	pl.X.Tick.Marker = plot.ConstantTicks(names)
	pl.X.Min, pl.X.Max = -0.6, float64(len(p.Layers))-0.4
	pl.Y.Min, pl.Y.Max = span(lo, hi)
	pl.Add(boxes, &plotter.Scatter{XYs: peaks, GlyphStyle: *dot(vermillion)})
	l, i, v := best(p.Layers)
	return &chart{
		title:    "Predictivity of the neurons, layer by layer",
		subtitle: fmt.Sprintf("%s split; the best neuron of all (%s) reaches %s", p.Split, neuron(l, i), percent(v)),
		legend: []entry{
			{text: "best neuron of the layer", glyph: dot(vermillion)},
			{text: "middle half, median", fill: fade(blue, 0.25), line: stroke(blue, thick)},
			{text: "1st to 99th percentile", line: stroke(blue, 1.5*cssPixel)},
		},
		panels: []*plot.Plot{pl},
	}, nil
}

// quantile interpolates between the order statistics of sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// box holds the percentiles 1, 25, 50, 75 and 99.
type box [5]float64

// boxes draws one box at each whole x from 0.
type boxes struct {
	at   []box
	fill color.Color
	line draw.LineStyle
}

func (bs boxes) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	half := min((tx(1)-tx(0))*0.3, 22*cssPixel)
	for i, b := range bs.at {
		x := tx(float64(i))
		c.StrokeLine2(bs.line, x, ty(b[0]), x, ty(b[1]))
		c.StrokeLine2(bs.line, x, ty(b[3]), x, ty(b[4]))
		corners := []vg.Point{{X: x - half, Y: ty(b[1])}, {X: x + half, Y: ty(b[1])}, {X: x + half, Y: ty(b[3])}, {X: x - half, Y: ty(b[3])}}
		c.FillPolygon(bs.fill, corners)
		c.StrokeLines(bs.line, append(corners, corners[0]))
		median := bs.line
		median.Width = 3 * cssPixel
		c.StrokeLine2(median, x-half, ty(b[2]), x+half, ty(b[2]))
	}
}
