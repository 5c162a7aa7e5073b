package demo

import (
	"fmt"
	"math"
	"slices"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// SkillNeuron is a neuron at the prompt row where it tells the labels apart best on dev.
type SkillNeuron struct {
	Layer        int     `json:"layer"`
	Neuron       int     `json:"neuron"`
	Row          int     `json:"row"`
	Predictivity float64 `json:"predictivity"` // max(accuracy, 1-accuracy)
	Threshold    float32 `json:"threshold"`
	Above        int     `json:"above"` // the label that an activation above the threshold speaks for
}

// grid is every neuron of a model, by layer and index.
type grid [][]SkillNeuron

// readGrid reads what probe wrote at prompt rows: accuracies and thresholds, both [L, P, F].
func readGrid(perfPath, avgPath string) (grid, error) {
	shape, perf, err := npy.Read[float32](perfPath)
	if err != nil {
		return nil, err
	}
	avgShape, avg, err := npy.Read[float32](avgPath)
	if err != nil {
		return nil, err
	}
	if len(shape) != 3 || !slices.Equal(shape, avgShape) {
		return nil, fmt.Errorf("%s has shape %v, %s %v; want [layers, prompt rows, width] twice", perfPath, shape, avgPath, avgShape)
	}
	l, rows, f := shape[0], shape[1], shape[2]
	g := make(grid, l)
	for i := range g {
		g[i] = make([]SkillNeuron, f)
		for n := range f {
			best := SkillNeuron{Layer: i, Neuron: n, Predictivity: -1}
			for p := range rows {
				at := (i*rows+p)*f + n
				acc := float64(perf[at])
				if v := math.Abs(acc-0.5) + 0.5; v > best.Predictivity {
					best.Predictivity, best.Row, best.Threshold, best.Above = v, p, avg[at], 1
					if acc < 0.5 {
						best.Above = 0
					}
				}
			}
			g[i][n] = best
		}
	}
	return g, nil
}

// predictivity is the grid's, by layer and index.
func (g grid) predictivity() [][]float64 {
	out := make([][]float64, len(g))
	for l, layer := range g {
		for _, n := range layer {
			out[l] = append(out[l], n.Predictivity)
		}
	}
	return out
}

// top are the k most predictive neurons of all layers, equal ones by layer and index.
func (g grid) top(k int) []SkillNeuron {
	var all []SkillNeuron
	for _, layer := range g {
		all = append(all, layer...)
	}
	sortSkill(all)
	return all[:min(k, len(all))]
}

// mask marks the given percentage of each layer's neurons, the most predictive ones: what skillneuron does, for shares that it has no file for.
func (g grid) mask(percent int) tasks.Mask {
	m := tasks.NewMask(len(g), len(g[0]))
	for l, layer := range g {
		sorted := slices.Clone(layer)
		sortSkill(sorted)
		for _, n := range sorted[:percent*m.F/100] {
			m.Bits[l*m.F+n.Neuron] = true
		}
	}
	return m
}

func sortSkill(x []SkillNeuron) {
	slices.SortStableFunc(x, func(a, b SkillNeuron) int {
		switch {
		case a.Predictivity > b.Predictivity:
			return -1
		case a.Predictivity < b.Predictivity:
			return 1
		}
		return 0
	})
}

// quantile is the value below which a share q of sorted values lies.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
