package engine_test

import (
	"math"
	"sort"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// TestNormalIsNormal: Kolmogorov and Smirnov's distance from the normal distribution, and moments, along each of the draw's arguments.
func TestNormalIsNormal(t *testing.T) {
	const n = 100000
	for name, draw := range map[string]func(i int) float32{
		"neuron":  func(i int) float32 { return engine.Normal(1, 2, 3, i) },
		"example": func(i int) float32 { return engine.Normal(1, 2, i, 3) },
		"layer":   func(i int) float32 { return engine.Normal(1, i, 2, 3) },
		"seed":    func(i int) float32 { return engine.Normal(uint64(i), 1, 2, 3) },
	} {
		x := make([]float64, n)
		var sum, squares, neighbours float64
		for i := range x {
			x[i] = float64(draw(i))
			sum += x[i]
			squares += x[i] * x[i]
			if i > 0 {
				neighbours += x[i] * x[i-1]
			}
		}
		// four standard errors
		if mean := sum / n; math.Abs(mean) > 4/math.Sqrt(n) {
			t.Errorf("along %s the mean is %v", name, mean)
		}
		if variance := squares / n; math.Abs(variance-1) > 4*math.Sqrt(2.0/n) {
			t.Errorf("along %s the variance is %v", name, variance)
		}
		if c := neighbours / n; math.Abs(c) > 4/math.Sqrt(n) {
			t.Errorf("along %s neighbours correlate by %v", name, c)
		}
		sort.Float64s(x)
		var distance float64
		for i, v := range x {
			distance = max(distance, math.Abs(0.5*math.Erfc(-v/math.Sqrt2)-(float64(i)+0.5)/n))
		}
		if distance > 1.95/math.Sqrt(n) { // one in a thousand
			t.Errorf("along %s the distribution is off by %v", name, distance)
		}
	}
}

func TestNormalIsAFunction(t *testing.T) {
	base := engine.Normal(1, 2, 3, 4)
	if base != engine.Normal(1, 2, 3, 4) {
		t.Error("the same draw differs")
	}
	for i, other := range []float32{engine.Normal(2, 2, 3, 4), engine.Normal(1, 3, 3, 4), engine.Normal(1, 2, 4, 4), engine.Normal(1, 2, 3, 5), engine.Normal(1, 3, 2, 4)} {
		if other == base {
			t.Errorf("draw %d is the same as another", i)
		}
	}
}

// TestDropoutRate: the share that is dropped, along elements, sentences and steps, within four standard errors; and nothing repeats.
func TestDropoutRate(t *testing.T) {
	const n = 100000
	for _, p := range []float32{0.01, 0.1, 0.5, 0.9} {
		for name, keep := range map[string]func(i int) bool{
			"element": func(i int) bool { d := site(p, 1, 2, 3); return d.Keep(d.Key(0), i) },
			"step":    func(i int) bool { d := site(p, uint64(i), 2, 3); return d.Keep(d.Key(0), 5) },
			"example": func(i int) bool { d := site(p, 1, 2, int32(i)); return d.Keep(d.Key(0), 5) },
			"layer":   func(i int) bool { d := site(p, 1, i-1, 3); return d.Keep(d.Key(0), 5) },
		} {
			dropped, both := 0, 0
			last := false
			for i := range n {
				now := !keep(i)
				if now {
					dropped++
				}
				if now && last {
					both++
				}
				last = now
			}
			want := float64(p)
			if share := float64(dropped) / n; math.Abs(share-want) > 4*math.Sqrt(want*(1-want)/n) {
				t.Errorf("along %s a share of %v is dropped, want %v", name, share, p)
			}
			if share := float64(both) / n; math.Abs(share-want*want) > 6*math.Sqrt(want*want*(1-want*want)/n) {
				t.Errorf("along %s neighbours are both dropped in %v, want %v", name, share, want*want)
			}
		}
	}
}

func site(p float32, step uint64, layer int, example int32) engine.Dropout {
	return engine.Dropout{P: p, Seed: 7, Step: step, Layer: layer, Site: engine.SiteAttention, Off: []int32{0, 1}, Example: []int32{example}}
}

func TestDropoutOff(t *testing.T) {
	if (engine.Dropout{}).On() {
		t.Error("the zero dropout is on")
	}
	d := site(0.5, 1, -1, 3)
	other := d
	other.Site = engine.SiteEmbedding
	if d.Key(0) == other.Key(0) {
		t.Error("two sites share a stream")
	}
	other = d
	other.Layer = 0
	if d.Key(0) == other.Key(0) {
		t.Error("two layers share a stream")
	}
}

func TestEditApply(t *testing.T) {
	e := engine.Edit{Kind: engine.EditMean, Vector: []float32{1, 2, 3}, Seed: 4, Layer: 5}
	if got := e.Apply(9, 1, 0); got != 2 || !e.Overwrites() {
		t.Errorf("mean gives %v", got)
	}
	e.Kind = engine.EditZero
	if got := e.Apply(9, 1, 0); got != 0 || !e.Overwrites() {
		t.Errorf("zero gives %v", got)
	}
	e.Kind = engine.EditGaussian
	if got, want := e.Apply(9, 1, 7), 9+2*engine.Normal(4, 5, 7, 1); got != want || e.Overwrites() {
		t.Errorf("noise gives %v, want %v", got, want)
	}
}
