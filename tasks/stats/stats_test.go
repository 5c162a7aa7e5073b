package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

// want from statsmodels.stats.proportion.proportion_confint(k, n, method='wilson').
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 10, 0, 0.27753279986288926},
		{10, 10, 0.7224672001371106, 1},
		{1, 10, 0.017876213095072924, 0.40415002679523854},
		{437, 872, 0.468028326119671, 0.5342551921813385},
		{1500, 1821, 0.8055451732100224, 0.8405383505399971},
		{5, 5, 0.5655175352168252, 1},
	} {
		i := Wilson(c.k, c.n)
		near(t, fmt.Sprintf("low %d/%d", c.k, c.n), i.Low, c.low, 1e-14)
		near(t, fmt.Sprintf("high %d/%d", c.k, c.n), i.High, c.high, 1e-14)
		if !i.Contains(i.Value) {
			t.Errorf("%d/%d: %v does not contain its value", c.k, c.n, i)
		}
	}
}

// want from scipy.stats.binomtest(min(b, c), b+c).pvalue.
func TestMcNemar(t *testing.T) {
	for _, c := range []struct {
		b, c int
		p    float64
	}{{7, 1, 0.0703125}, {1, 7, 0.0703125}, {0, 0, 1}, {0, 5, 0.0625}, {30, 45, 0.10534226887460482}, {900, 1000, 0.023108845108901193}, {10, 10, 1}} {
		near(t, fmt.Sprint(c), McNemar(c.b, c.c), c.p, 1e-10)
	}
}

// outcomes lists n sentences by what each classifier does.
func outcomes(both, first, second, none int) (a, b []bool) {
	for k, n := range []int{both, first, second, none} {
		for range n {
			a, b = append(a, k < 2), append(b, k%2 == 0)
		}
	}
	return a, b
}

// The first table is the airway example with its published interval (Fagerland, Lydersen and Laake, Statistics in
// Medicine 2014: -0.507 to -0.026); the others from the same formula in NumPy with scipy's normal quantile.
func TestPair(t *testing.T) {
	for _, c := range []struct {
		table           [4]int
		diff, low, high float64
		tol             float64
	}{
		{[4]int{1, 1, 7, 12}, -6. / 21, -0.507, -0.026, 5e-4},
		{[4]int{1200, 30, 45, 525}, -15. / 1800, -0.017850027779393048, 0.0011663998367200338, 1e-12},
		{[4]int{50, 0, 0, 50}, 0, -0.019233693926800913, 0.019233693926800913, 1e-12},
		{[4]int{0, 100, 0, 0}, 1, 0.947683293116056, 1, 1e-12},
	} {
		a, b := outcomes(c.table[0], c.table[1], c.table[2], c.table[3])
		p := Pair(a, b)
		what := fmt.Sprint(c.table)
		near(t, what, p.Difference.Value, c.diff, 1e-15)
		near(t, what+" low", p.Difference.Low, c.low, c.tol)
		near(t, what+" high", p.Difference.High, c.high, c.tol)
		if p.OnlyFirst != c.table[1] || p.OnlySecond != c.table[2] || p.P != McNemar(c.table[1], c.table[2]) || p.Difference.N != len(a) {
			t.Errorf("%s: %+v", what, p)
		}
		q := Pair(b, a)
		near(t, what+" swapped low", q.Difference.Low, -p.Difference.High, 1e-15)
		near(t, what+" swapped high", q.Difference.High, -p.Difference.Low, 1e-15)
		if q.P != p.P {
			t.Errorf("%s swapped: p %g, want %g", what, q.P, p.P)
		}
	}
}

// Newcombe's interval covers the true difference of correlated classifiers in about 95 of 100 samples.
func TestPairCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const trials, n = 2000, 200
	hit := 0
	for range trials {
		a, b := make([]bool, n), make([]bool, n)
		for i := range a {
			u := rng.Float64()
			a[i], b[i] = u < 0.8, u < 0.7 || u > 0.97 // 0.80 against 0.73, mostly the same sentences
		}
		if Pair(a, b).Difference.Contains(0.07) {
			hit++
		}
	}
	if share := float64(hit) / trials; share < 0.935 || share > 0.985 {
		t.Errorf("coverage %.3f", share)
	}
}

// want from scipy.stats.t.interval(.95, n-1, loc=mean, scale=sem).
func TestMean(t *testing.T) {
	i, err := Mean([]float64{0.71, 0.74, 0.69, 0.72, 0.75})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", i.Value, 0.722, 1e-15)
	near(t, "low", i.Low, 0.6923556783493336, 1e-9)
	near(t, "high", i.High, 0.7516443216506661, 1e-9)
	if i, err = Mean([]float64{0.4, 0.6}); err != nil {
		t.Fatal(err)
	}
	near(t, "two draws", i.High, 1.770620473617469, 1e-7)
	if _, err := Mean([]float64{1}); err == nil {
		t.Error("an interval from one draw")
	}
}

// want from scipy.stats.bootstrap(..., method='percentile', n_resamples=100000): [-0.04, 0.0025], in steps of 1/800.
func TestBootstrapMean(t *testing.T) {
	x := make([]float64, 800)
	for i := range 30 {
		x[i] = 1
	}
	for i := range 45 {
		x[30+i] = -1
	}
	i := BootstrapMean(x, 10000, rand.New(rand.NewPCG(3, 4)))
	near(t, "mean", i.Value, -0.01875, 1e-15)
	near(t, "low", i.Low, -0.04, 0.00126)
	near(t, "high", i.High, 0.0025, 0.00126)
	if again := BootstrapMean(x, 10000, rand.New(rand.NewPCG(3, 4))); again != i {
		t.Errorf("same stream, %v and %v", i, again)
	}
}

// want from scipy.stats.rankdata and spearmanr.
func TestSpearman(t *testing.T) {
	a, b := []float64{1, 2, 2, 3, 5, 5, 5, 8}, []float64{3, 1, 4, 4, 9, 2, 6, 6}
	if diff := cmp.Diff([]float64{1, 2.5, 2.5, 4, 6, 6, 6, 8}, Ranks(a)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{3, 1, 4.5, 4.5, 8, 2, 6.5, 6.5}, Ranks(b)); diff != "" {
		t.Error(diff)
	}
	near(t, "spearman", Spearman(a, b), 0.5901645758711312, 1e-15)
	if !math.IsNaN(Spearman([]float64{1, 1}, []float64{1, 2})) {
		t.Error("a constant has a correlation")
	}
}

func TestSpearmanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-5, 5), 3, 40).Draw(t, "x")
		x[0], x[1] = -6, 6
		cubed, down := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			cubed[i], down[i] = math.Sinh(v), -v
		}
		if r := Spearman(x, cubed); !(math.Abs(r-1) < 1e-12) {
			t.Errorf("a monotone function has correlation %g", r)
		}
		if r := Spearman(x, down); !(math.Abs(r+1) < 1e-12) {
			t.Errorf("a falling function has correlation %g", r)
		}
	})
}

func TestHistogram(t *testing.T) {
	h := NewHistogram([]float64{-1, 0, 0.1, 0.25, 0.5, 0.74999, 0.75, 1, 1.5, math.NaN()}, 0, 1, 4)
	if diff := cmp.Diff([]int{2, 1, 2, 2}, h.Counts); diff != "" || h.Outside != 3 || h.Total() != 7 {
		t.Errorf("%+v: %s", h, diff)
	}
	if low, high := Range([]float64{3, math.Inf(1), math.NaN(), -2}); low != -2 || high != 3 {
		t.Errorf("range [%g, %g]", low, high)
	}
	if low, high := Range([]float64{4}); low != 3.5 || high != 4.5 {
		t.Errorf("range of a point [%g, %g]", low, high)
	}
	if low, high := Range(nil); low != 0 || high != 1 {
		t.Errorf("range of nothing [%g, %g]", low, high)
	}
}

// Every value lies between its bin's edges, and none is lost.
func TestHistogramProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 50).Draw(t, "x")
		bins := rapid.IntRange(1, 30).Draw(t, "bins")
		low, high := Range(x)
		h := NewHistogram(x, low, high, bins)
		if h.Total() != len(x) || h.Outside != 0 {
			t.Fatalf("%d of %d values binned", h.Total(), len(x))
		}
		sorted := slices.Clone(x)
		slices.Sort(sorted)
		for i, c := range h.Counts {
			for _, v := range sorted[:c] {
				if !(v >= h.Edge(i) && (v < h.Edge(i+1) || i == bins-1 && v <= high)) {
					t.Fatalf("%g in bin [%g, %g]", v, h.Edge(i), h.Edge(i+1))
				}
			}
			sorted = sorted[c:]
		}
	})
}

func TestCallerBugs(t *testing.T) {
	for name, call := range map[string]func(){
		"wilson": func() { Wilson(3, 2) }, "wilson of nothing": func() { Wilson(0, 0) }, "pair": func() { Pair([]bool{true}, nil) },
		"mcnemar": func() { McNemar(-1, 2) }, "spearman": func() { Spearman([]float64{1}, nil) },
		"histogram": func() { NewHistogram(nil, 1, 1, 3) }, "bootstrap": func() { BootstrapMean(nil, 10, rand.New(rand.NewPCG(1, 1))) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}
