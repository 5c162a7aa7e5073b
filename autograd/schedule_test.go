package autograd_test

import (
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
)

// Factors worked out by hand: t/max(1, w) below the warm-up w, (T-t)/max(1, T-w) from there, never below 0.
func TestLinear(t *testing.T) {
	for _, c := range []struct {
		warmup float64
		total  int
		want   map[int]float64
	}{
		{4, 20, map[int]float64{0: 0, 1: 0.25, 2: 0.5, 3: 0.75, 4: 1, 5: 0.9375, 12: 0.5, 19: 0.0625, 20: 0, 21: 0, 1000: 0}},
		{2.5, 12, map[int]float64{0: 0, 1: 0.4, 2: 0.8, 3: 9 / 9.5, 12: 0}},                          // not rounded
		{0.5, 8, map[int]float64{0: 0, 1: 7 / 7.5, 4: 4 / 7.5, 8: 0}},                                // below one step
		{0, 4, map[int]float64{0: 1, 1: 0.75, 2: 0.5, 3: 0.25, 4: 0}},                                // none
		{0.006, 1, map[int]float64{0: 0, 1: 0}},                                                      // a run of one step
		{6, 6, map[int]float64{0: 0, 3: 0.5, 5: 5.0 / 6, 6: 0}},                                      // nothing but warm-up
		{0.006 * 1000, 1000, map[int]float64{0: 0, 3: 0.5, 6: 1, 503: 0.5, 999: 1.0 / 994, 1000: 0}}, // the original's share
		{5.75, 6, map[int]float64{5: 5 / 5.75, 6: 0}},                                                // T-w below 1
	} {
		s := autograd.Linear{Warmup: c.warmup, Total: c.total}
		for step, want := range c.want {
			if got := s.Factor(step); math.Abs(got-want) > 1e-15 {
				t.Errorf("warm-up %g of %d: factor %v at step %d, want %v", c.warmup, c.total, got, step, want)
			}
		}
	}
}
