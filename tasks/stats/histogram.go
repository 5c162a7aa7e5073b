package stats

import (
	"fmt"
	"math"
)

// A Histogram counts values in equal bins over [Low, High]. The last bin includes High.
type Histogram struct {
	Low, High float64
	Counts    []int
	Outside   int // values below Low, above High, or NaN
}

// NewHistogram bins x over [low, high].
func NewHistogram(x []float64, low, high float64, bins int) Histogram {
	if bins < 1 || !(low < high) {
		panic(fmt.Sprintf("stats: %d bins over [%g, %g]", bins, low, high))
	}
	h := Histogram{Low: low, High: high, Counts: make([]int, bins)}
	for _, v := range x {
		if !(v >= low && v <= high) {
			h.Outside++
			continue
		}
		h.Counts[h.bin(v)]++
	}
	return h
}

// Range is the interval that holds all of x's finite values, widened if it would be a point; [0, 1] without any.
func Range(x []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = min(low, v), max(high, v)
		}
	}
	switch {
	case low > high:
		return 0, 1
	case low == high:
		wide := max(0.5, math.Abs(low)*0.01)
		return low - wide, high + wide
	}
	return low, high
}

// Edge is the lower edge of bin i; Edge(len(Counts)) is High.
func (h Histogram) Edge(i int) float64 {
	if i == len(h.Counts) {
		return h.High
	}
	return h.Low + (h.High-h.Low)*float64(i)/float64(len(h.Counts))
}

// bin agrees with Edge where a division would round across one.
func (h Histogram) bin(v float64) int {
	n := len(h.Counts)
	i := min(n-1, int((v-h.Low)/(h.High-h.Low)*float64(n)))
	for i > 0 && v < h.Edge(i) {
		i--
	}
	for i < n-1 && v >= h.Edge(i+1) {
		i++
	}
	return i
}

// Total is the number of values that were binned.
func (h Histogram) Total() int {
	n := 0
	for _, c := range h.Counts {
		n += c
	}
	return n
}
