package report

import (
	"math"
	"strings"
	"testing"
)

// TestBadData: what cannot be drawn is an error that names the place.
func TestBadData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tc := range []struct {
		want string
		p    Picture
	}{
		{`no sentence has the label "positive"`, ActivationHistogram{Labels: [2]string{"negative", "positive"}, Values: [2][]float64{{1}, {}}}},
		{`label "b": value 1 is NaN`, ActivationHistogram{Labels: [2]string{"a", "b"}, Values: [2][]float64{{1}, {1, nan}}}},
		{"threshold and accuracy: value 0 is +Inf", ActivationHistogram{Values: [2][]float64{{1}, {1}}, Threshold: inf}},
		{"no series", PredictivityHistogram{}},
		{"no neurons", PredictivityHistogram{Series: []PredictivitySeries{{Name: "prompt"}}}},
		{"prompt: predictivity of neuron (layer 1, unit 2) is NaN", PredictivityHistogram{Series: []PredictivitySeries{{Name: "prompt", Layers: [][]float64{{0.5}, {0.5, 0.6, nan}}}}}},
		{"predictivity of neuron (layer 0, unit 0) is 1.5", LayerPredictivity{Layers: [][]float64{{1.5}}}},
		{"layer 1 has no neurons", LayerPredictivity{Layers: [][]float64{{0.5}, {}}}},
		{"no points", PerturbationCurve{}},
		{"point 0: value 1 is NaN", PerturbationCurve{Points: []PerturbationPoint{{Skill: nan}}}},
		{"point 1: share 0.1 does not exceed", PerturbationCurve{Points: []PerturbationPoint{{Share: 0.1}, {Share: 0.1}}}},
		{"no points", PruneScores{Series: []PruneSeries{{Name: "a"}}}},
		{`series "a", point 0: value 1 is +Inf`, PruneScores{Series: []PruneSeries{{Name: "a", Points: []PrunePoint{{Score: inf}}}}}},
		{"0 losses at 0 steps", TrainingCurve{}},
		{"1 losses at 2 steps", TrainingCurve{Steps: []float64{1, 2}, Loss: []float64{1}}},
		{"dev: value 0 is NaN", TrainingCurve{Steps: []float64{1}, Loss: []float64{1}, DevSteps: []float64{1}, Dev: []float64{nan}}},
	} {
		_, err := PNG(tc.p)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%T: error %v, want %q", tc.p, err, tc.want)
		}
	}
}

// TestSmallData: the least that a run can give is drawn all the same.
func TestSmallData(t *testing.T) {
	long := strings.Repeat("a name that is far too long ", 12)
	for name, p := range map[string]Picture{
		"one sentence each": ActivationHistogram{Labels: [2]string{long, "b"}, Values: [2][]float64{{1}, {1}}, Threshold: 1, Split: long},
		"one neuron":        PredictivityHistogram{Series: []PredictivitySeries{{Name: long, Layers: [][]float64{{1}}}}, Chance: 1},
		"one layer":         LayerPredictivity{Layers: [][]float64{{0.5}}},
		"30 layers":         LayerPredictivity{Layers: synthLayers(1, 30, 4, 0.2)},
		"one share":         PerturbationCurve{Metric: "Matthews' correlation", Points: []PerturbationPoint{{Skill: -0.1, Random: -0.2}}},
		"no metric":         PerturbationCurve{Points: []PerturbationPoint{{Share: 0.2}}},
		"one pruned model":  PruneScores{Series: []PruneSeries{{Name: long, Method: -1, Points: []PrunePoint{{Keep: 0.02}}}}},
		"one step":          TrainingCurve{Steps: []float64{1}, Loss: []float64{0}},
		"one score":         TrainingCurve{Steps: []float64{1}, Loss: []float64{2}, DevSteps: []float64{1}, Dev: []float64{1}},
	} {
		m := render(t, p)
		if pixelsOf(m, paper) == m.Bounds().Dx()*m.Bounds().Dy() {
			t.Errorf("%s: blank", name)
		}
		p.Describe() // must not panic
	}
}

func TestBest(t *testing.T) {
	l, i, v := best([][]float64{{0.5, 0.7}, {0.7, 0.6}, {}})
	if l != 0 || i != 1 || v != 0.7 {
		t.Errorf("best is (%d, %d) with %g; a tie goes to the lower layer", l, i, v)
	}
	c := TrainingCurve{Dev: []float64{0.5, 0.8, 0.8, 0.7}}
	if c.bestDev() != 2 {
		t.Errorf("best dev score at %d; an equal score replaces the best", c.bestDev())
	}
}

func TestQuantileAndSmooth(t *testing.T) {
	for q, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 2.5, 1: 4} {
		if got := quantile([]float64{1, 2, 3, 4}, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %g is %g, want %g", q, got, want)
		}
	}
	got := smooth([]float64{0, 3, 6, 9}, 1)
	for i, want := range []float64{1.5, 3, 6, 7.5} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("smooth gives %v", got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{number(1234567.891, 1), "1,234,567.9"}, {number(-0.5, 2), "−0.50"}, {number(-0.001, 2), "0.00"}, {number(999, 0), "999"}, {number(1000, 0), "1,000"},
		{brief(0.000412345), "0.000412"}, {brief(0.41), "0.410"}, {brief(12.345), "12.3"}, {brief(-1234.5), "−1,234"}, {brief(0), "0"},
		{percent(0.7834), "78.3 %"}, {share(0.02), "2 %"}, {share(0.005), "0.5 %"}, {share(1), "100 %"}, {share(0.1), "10 %"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, tc := range []struct {
		lo, hi float64
		want   string
	}{
		{50, 80, "50 55 60 65 70 75 80"}, {0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"}, {-0.2, 2.4, "0.0 0.5 1.0 1.5 2.0"}, {3, 3, "3.000"}, {0, 430, "0 100 200 300 400"},
	} {
		var got []string
		for _, k := range (ticks{}).Ticks(tc.lo, tc.hi) {
			got = append(got, k.Label)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("ticks of %g to %g: %s, want %s", tc.lo, tc.hi, s, tc.want)
		}
	}
	for _, k := range (ticks{whole: true}).Ticks(0, 3) {
		if k.Value != math.Trunc(k.Value) {
			t.Errorf("tick %g of whole numbers", k.Value)
		}
	}
}
