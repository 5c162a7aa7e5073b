package dataset

import (
	"fmt"
	"math"
)

// Score compares predicted with gold classes. Accuracy and F1 lie in [0, 1], Matthews' correlation in [-1, 1]; a ratio
// whose denominator is 0 counts as 0, as in scikit-learn. It is NaN without examples.
func Score(metric Metric, pred, gold []int) float64 {
	if len(pred) != len(gold) {
		panic(fmt.Sprintf("dataset: %d predictions for %d labels", len(pred), len(gold)))
	}
	if len(gold) == 0 {
		return math.NaN()
	}
	switch metric {
	case Accuracy, "":
		return accuracy(pred, gold)
	case Matthews:
		return matthews(pred, gold)
	case AccF1:
		return (accuracy(pred, gold) + f1(pred, gold)) / 2
	}
	panic(fmt.Sprintf("dataset: unknown metric %q", metric))
}

func accuracy(pred, gold []int) float64 {
	hit := 0
	for i := range gold {
		if pred[i] == gold[i] {
			hit++
		}
	}
	return float64(hit) / float64(len(gold))
}

// f1 is the harmonic mean of precision and recall of class 1.
func f1(pred, gold []int) float64 {
	tp, wrong := 0, 0
	for i := range gold {
		switch {
		case pred[i] == 1 && gold[i] == 1:
			tp++
		case pred[i] == 1 || gold[i] == 1:
			wrong++
		}
	}
	if tp == 0 {
		return 0
	}
	return 2 * float64(tp) / float64(2*tp+wrong)
}

// matthews is R_K (Gorodkin 2004), which for two classes is Matthews' correlation coefficient.
func matthews(pred, gold []int) float64 {
	var hit, n float64
	p, g := map[int]float64{}, map[int]float64{}
	for i := range gold {
		if pred[i] == gold[i] {
			hit++
		}
		p[pred[i]]++
		g[gold[i]]++
		n++
	}
	// The sums are of integers below 2⁵³, so a map's order cannot change them.
	var pg, pp, gg float64
	for k, v := range p {
		pg += v * g[k]
		pp += v * v
	}
	for _, v := range g {
		gg += v * v
	}
	if d := (n*n - pp) * (n*n - gg); d > 0 {
		return (hit*n - pg) / math.Sqrt(d)
	}
	return 0
}
