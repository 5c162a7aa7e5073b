package stats

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Ranks returns the 1-based ranks of x; equal values share the mean of theirs.
func Ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case x[i] < x[j]:
			return -1
		case x[i] > x[j]:
			return 1
		}
		return i - j
	})
	ranks := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return ranks
}

// Spearman is the rank correlation of x and y, ties sharing their mean rank. It is NaN if either is constant.
func Spearman(x, y []float64) float64 {
	if len(x) != len(y) || len(x) == 0 {
		panic(fmt.Sprintf("stats: correlating %d values with %d", len(x), len(y)))
	}
	return stat.Correlation(Ranks(x), Ranks(y), nil)
}
