package tasks

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// ReadMask reads a mask that skillneuron wrote, a bool array [L, F].
func ReadMask(path string) (Mask, error) {
	shape, bits, err := npy.Read[bool](path)
	if err != nil {
		return Mask{}, err
	}
	if len(shape) != 2 {
		return Mask{}, fmt.Errorf("%s has shape %v; a mask is [layers, width]", path, shape)
	}
	return Mask{shape[0], shape[1], bits}, nil
}

// ReadThresholds reads one value a neuron, by layer: an array [L, F], or [L, P, F] that is averaged over prompt rows in float64.
func ReadThresholds(path string) ([][]float32, error) {
	shape, x, err := npy.Read[float32](path)
	if err != nil {
		return nil, err
	}
	rows := 1
	switch len(shape) {
	case 2:
	case 3:
		rows = shape[1]
	default:
		return nil, fmt.Errorf("%s has shape %v; thresholds are [layers, width] or [layers, prompt rows, width]", path, shape)
	}
	if rows == 0 {
		return nil, fmt.Errorf("%s is empty: shape %v", path, shape)
	}
	l, f := shape[0], shape[len(shape)-1]
	out := make([][]float32, l)
	for i := range out {
		out[i] = make([]float32, f)
		for n := range f {
			var sum float64
			for p := range rows {
				v := float64(x[(i*rows+p)*f+n])
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return nil, fmt.Errorf("%s holds %v for layer %d, neuron %d: no threshold; make the file again with probe", path, v, i, n)
				}
				sum += v
			}
			out[i][n] = float32(sum / float64(rows))
		}
	}
	return out, nil
}

// thresholds reads a threshold file and checks it against the model.
func (w *workspace) thresholds(path string) ([][]float32, error) {
	x, err := ReadThresholds(path)
	if err != nil {
		return nil, err
	}
	f := 0
	if len(x) > 0 {
		f = len(x[0])
	}
	return x, NewMask(len(x), f).fits(w.model.Widths(), path)
}

// mask reads a mask file and checks it against the model.
func (w *workspace) mask(path string) (Mask, error) {
	m, err := ReadMask(path)
	if err != nil {
		return m, err
	}
	return m, m.fits(w.model.Widths(), path)
}

// meanPerturbation sets the neurons of a mask file to the values of a threshold file, in all layers.
func (w *workspace) meanPerturbation(mask, thresholds string) (*Perturbation, error) {
	m, err := w.mask(mask)
	if err != nil {
		return nil, err
	}
	v, err := w.thresholds(thresholds)
	if err != nil {
		return nil, err
	}
	return &Perturbation{Kind: engine.EditMean, Mask: m, Vector: v, High: m.L}, nil
}

// maskName is a mask's name: its file's, without directory and extension.
func maskName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), ".npy")
}

// promptOnly refuses methods that prune does not know.
func promptOnly(m roberta.Method) error {
	if m != roberta.Prompt && m != roberta.Written {
		return usagef("a %s cannot be pruned: prune turns a %s into a %s, and knows a %s", m, roberta.Prompt, roberta.PrunePrompt, roberta.Written)
	}
	return nil
}
