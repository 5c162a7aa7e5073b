package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// z is the 0.975 quantile of the normal distribution.
const z = 1.959963984540054

// An Interval is an estimate with its 95 % confidence limits.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"` // observations
}

// Contains reports whether x lies within the limits.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// String gives value and limits to three decimals.
func (i Interval) String() string { return fmt.Sprintf("%.3f [%.3f, %.3f]", i.Value, i.Low, i.High) }

// Wilson is the interval of one proportion, k of n (Wilson 1927, without continuity correction): right down to 0 and up
// to n, and never outside [0, 1].
func Wilson(k, n int) Interval {
	if n < 1 || k < 0 || k > n {
		panic(fmt.Sprintf("stats: %d of %d is no proportion", k, n))
	}
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	i := Interval{Value: p, Low: max(0, mid-half), High: min(1, mid+half), N: n}
	// At the ends the limit is exact, and rounding must not push it past the value.
	if k == 0 {
		i.Low = 0
	}
	if k == n {
		i.High = 1
	}
	return i
}

// Mean is the interval of a mean over n independent draws, by Student's t with n-1 degrees of freedom. It needs two
// draws or more.
func Mean(x []float64) (Interval, error) {
	if len(x) < 2 {
		return Interval{}, fmt.Errorf("an interval of a mean needs two draws or more, not %d", len(x))
	}
	mean, sd := stat.MeanStdDev(x, nil)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(x) - 1)}.Quantile(0.975)
	half := t * sd / math.Sqrt(float64(len(x)))
	return Interval{Value: mean, Low: mean - half, High: mean + half, N: len(x)}, nil
}

// BootstrapMean is the percentile bootstrap interval of a mean over sentences, by resampling them draws times (10,000 is
// plenty). It is for values that are no plain right or wrong, such as the difference of one model's correctness from the
// average correctness under several random masks.
func BootstrapMean(x []float64, draws int, rng *rand.Rand) Interval {
	if len(x) == 0 || draws < 1 {
		panic(fmt.Sprintf("stats: bootstrap of %d observations, %d draws", len(x), draws))
	}
	means := make([]float64, draws)
	for d := range means {
		sum := 0.0
		for range x {
			sum += x[rng.IntN(len(x))]
		}
		means[d] = sum / float64(len(x))
	}
	slices.Sort(means)
	return Interval{
		Value: stat.Mean(x, nil),
		Low:   stat.Quantile(0.025, stat.LinInterp, means, nil),
		High:  stat.Quantile(0.975, stat.LinInterp, means, nil),
		N:     len(x),
	}
}
