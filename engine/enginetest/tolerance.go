package enginetest

import (
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// tolerance is what |got-want| may be: atol + rtol·|want|.
type tolerance struct{ atol, rtol float64 }

// limits are tolerances by op.
type limits map[string]struct{ forward, backward tolerance }

// tolerances, by op, of float32 arithmetic against float64 on inputs of unit size. Ops that only add or move are within a rounding.
var tolerances = limits{
	"embed":         {tolerance{3e-7, 1e-7}, tolerance{3e-6, 1e-6}},
	"layer_norm":    {tolerance{6e-7, 3e-7}, tolerance{3e-6, 1e-6}},
	"linear":        {tolerance{4e-6, 1e-6}, tolerance{1e-5, 2e-6}},
	"ffn_up":        {tolerance{4e-6, 1e-6}, tolerance{5e-6, 1e-6}},
	"gelu":          {tolerance{1e-20, 3e-7}, tolerance{1e-6, 3e-7}},
	"relu":          {tolerance{0, 0}, tolerance{2e-7, 1e-7}},
	"add":           {tolerance{0, 6e-8}, tolerance{2e-7, 1e-7}},
	"dropout":       {tolerance{0, 2e-7}, tolerance{3e-7, 2e-7}},
	"attention":     {tolerance{1e-6, 5e-7}, tolerance{1e-6, 5e-7}},
	"gather":        {tolerance{0, 0}, tolerance{1e-6, 3e-7}},
	"join":          {tolerance{1e-7, 1e-7}, tolerance{5e-8, 1e-7}},
	"cross_entropy": {tolerance{1e-7, 1e-7}, tolerance{5e-8, 5e-8}},
	"sum_squares":   {tolerance{0, 1e-12}, tolerance{}},
	"adam":          {tolerance{1e-7, 2e-7}, tolerance{}},
	"prune":         {tolerance{3e-6, 2e-6}, tolerance{}},
	"axpy":          {tolerance{2e-7, 2e-7}, tolerance{}},
	"sum_rows":      {tolerance{1e-5, 1e-6}, tolerance{}},
}

// worst notes how much of a tolerance was used, so that -v shows where the table is loose.
type worst struct {
	tol   tolerance
	share float64
}

// check compares got with want; a NaN agrees with a NaN only, an infinity with itself only.
func (w *worst) check(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	bad := 0
	for i, x := range want {
		g := float64(got[i])
		if math.IsNaN(x) && math.IsNaN(g) || g == x {
			continue
		}
		allowed := w.tol.atol + w.tol.rtol*math.Abs(x)
		diff := math.Abs(g - x)
		if !math.IsInf(x, 0) && diff <= allowed {
			w.share = max(w.share, diff/allowed)
			continue
		}
		if bad++; bad <= 3 {
			t.Errorf("%s: element %d is %v, want %v: off by %.3g, allowed %.3g", what, i, got[i], x, diff, allowed)
		}
	}
	if bad > 3 {
		t.Errorf("%s: %d of %d elements are off", what, bad, len(want))
	}
}

// download reads a tensor.
func download(be engine.Backend, x engine.Tensor) []float32 {
	y := make([]float32, x.Len())
	be.Download(y, x)
	return y
}

// widen is x in float64.
func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// sameBits compares bit by bit.
func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %v (%#x), want %v (%#x)", what, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}
