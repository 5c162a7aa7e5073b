package autograd

// Linear is a schedule that rises over the warm-up and falls to zero at the end.
type Linear struct {
	Warmup float64 // steps, not rounded
	Total  int     // steps
}

// Factor is what the learning rate of 0-based step t is multiplied by.
func (s Linear) Factor(t int) float64 {
	x := float64(t)
	if x < s.Warmup {
		return x / max(1, s.Warmup)
	}
	return max(0, (float64(s.Total)-x)/max(1, float64(s.Total)-s.Warmup))
}
