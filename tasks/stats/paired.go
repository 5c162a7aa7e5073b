package stats

import (
	"fmt"
	"math"
)

// A Paired comparison is that of two classifiers on the same sentences.
type Paired struct {
	Difference Interval `json:"difference"` // accuracy of the first minus accuracy of the second
	OnlyFirst  int      `json:"only_first"` // sentences that the first alone gets right
	OnlySecond int      `json:"only_second"`
	P          float64  `json:"p"` // McNemar's exact two-sided p
}

// Null reports whether the interval contains no difference.
func (p Paired) Null() bool { return p.Difference.Contains(0) }

// Pair compares two classifiers by sentence: a[i] and b[i] say whether each got sentence i right. The interval is
// Newcombe's square-and-add of Wilson limits with the pairs' correlation (Newcombe 1998, method 10), which needs no
// random draws and keeps its width where no sentence is discordant; the test is McNemar's exact one.
func Pair(a, b []bool) Paired {
	if len(a) != len(b) || len(a) == 0 {
		panic(fmt.Sprintf("stats: pairing %d sentences with %d", len(a), len(b)))
	}
	var both, first, second, none int
	for i := range a {
		switch {
		case a[i] && b[i]:
			both++
		case a[i]:
			first++
		case b[i]:
			second++
		default:
			none++
		}
	}
	return Paired{
		Difference: newcombe(both, first, second, none),
		OnlyFirst:  first, OnlySecond: second,
		P: McNemar(first, second),
	}
}

// newcombe is the interval of the difference of two paired proportions from their 2×2 table.
func newcombe(both, first, second, none int) Interval {
	n := both + first + second + none
	w1, w2 := Wilson(both+first, n), Wilson(both+second, n)
	e, f, g, h := float64(both), float64(first), float64(second), float64(none)
	phi := 0.0
	if d := (e + f) * (g + h) * (e + g) * (f + h); d > 0 {
		cov := e*h - f*g
		if cov > 0 {
			cov = max(0, cov-float64(n)/2) // Newcombe's continuity correction: a positive correlation narrows the interval
		}
		phi = cov / math.Sqrt(d)
	}
	diff := float64(first-second) / float64(n)
	down1, up1 := w1.Value-w1.Low, w1.High-w1.Value
	down2, up2 := w2.Value-w2.Low, w2.High-w2.Value
	low := math.Sqrt(max(0, down1*down1-2*phi*down1*up2+up2*up2))
	high := math.Sqrt(max(0, up1*up1-2*phi*up1*down2+down2*down2))
	return Interval{Value: diff, Low: max(-1, diff-low), High: min(1, diff+high), N: n}
}

// McNemar is the exact two-sided p-value of McNemar's test: under the null each of the discordant sentences is right
// for either classifier with probability 1/2.
func McNemar(onlyFirst, onlySecond int) float64 {
	n, k := onlyFirst+onlySecond, min(onlyFirst, onlySecond)
	if k < 0 {
		panic(fmt.Sprintf("stats: McNemar's test of %d and %d sentences", onlyFirst, onlySecond))
	}
	if n == 0 {
		return 1
	}
	// The sum of binomial terms, each from its logarithm: 2ⁿ overflows at n = 1024.
	lgn, _ := math.Lgamma(float64(n + 1))
	sum := 0.0
	for i := range k + 1 {
		li, _ := math.Lgamma(float64(i + 1))
		lr, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(lgn - li - lr - float64(n)*math.Ln2)
	}
	return min(1, 2*sum)
}
