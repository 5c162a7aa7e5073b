package dataset

import (
	"math"
	"testing"
)

// want from scikit-learn's accuracy_score, matthews_corrcoef and f1_score.
func TestScore(t *testing.T) {
	gold, pred := []int{0, 1, 1, 0, 1, 0, 0, 1, 1, 1}, []int{0, 1, 0, 0, 1, 1, 0, 1, 1, 0}
	gold3, pred3 := []int{0, 1, 2, 0, 1, 2, 2, 1}, []int{0, 2, 2, 0, 1, 1, 2, 1}
	for _, c := range []struct {
		what       string
		metric     Metric
		pred, gold []int
		want       float64
	}{
		{"accuracy", Accuracy, pred, gold, 0.7},
		{"Matthews", Matthews, pred, gold, 0.408248290463863},
		{"accuracy and F1", AccF1, pred, gold, 0.7136363636363636},
		{"Matthews of three classes", Matthews, pred3, gold3, 0.6190476190476191},
		{"Matthews of a constant answer", Matthews, []int{1, 1, 1}, []int{0, 1, 1}, 0},
		{"Matthews of the opposite", Matthews, []int{1, 0, 1}, []int{0, 1, 0}, -1},
		{"F1 without positives", AccF1, []int{0, 0}, []int{0, 0}, 0.5},
		{"all right", AccF1, []int{0, 1}, []int{0, 1}, 1},
	} {
		if got := Score(c.metric, c.pred, c.gold); !(math.Abs(got-c.want) <= 1e-15) {
			t.Errorf("%s: %.17g, want %.17g", c.what, got, c.want)
		}
	}
	if !math.IsNaN(Score(Accuracy, nil, nil)) {
		t.Error("a score without examples")
	}
}
