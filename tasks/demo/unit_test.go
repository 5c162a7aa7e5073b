package demo

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

func interval(v, lo, hi float64) stats.Interval {
	return stats.Interval{Value: v, Low: lo, High: hi, N: 300}
}

func TestVerdict(t *testing.T) {
	null := Comparison{Share: 0.2, Difference: interval(-0.004, -0.03, 0.02)}
	worse := Comparison{Share: 0.2, Difference: interval(-0.04, -0.07, -0.01)}
	better := Comparison{Share: 0.2, Difference: interval(0.03, 0.01, 0.05)}
	for _, c := range []struct {
		name   string
		points []Comparison
		want   []string
		not    string
	}{
		{"null", []Comparison{null, null}, []string{"null result", "cannot be told apart", "−0.4 points", "−3.0 to +2.0", "None of the 2 shares"}, "cost more accuracy"},
		{"worse", []Comparison{null, worse}, []string{"skill neurons cost more accuracy than random", "1 of the 2 shares", "−7.0 to −1.0"}, "null"},
		{"opposite", []Comparison{null, better}, []string{"random neurons cost more accuracy", "opposite", "1 of the 2 shares shows random"}, "null"},
		{"both", []Comparison{better, worse}, []string{"skill neurons cost more accuracy", "Of the 2 shares 1"}, "null"},
		{"none", nil, []string{"No neurons"}, "%!"},
	} {
		curve := Curve{Kind: "zero", Points: c.points}
		v := curve.verdict()
		for _, want := range c.want {
			if !strings.Contains(v, want) {
				t.Errorf("%s: %q lacks %q", c.name, v, want)
			}
		}
		if strings.Contains(v, c.not) {
			t.Errorf("%s: %q says %q", c.name, v, c.not)
		}
	}
}

// A null result is marked in both tables, a difference is not.
func TestTablesMarkNulls(t *testing.T) {
	r := Result{Train: Training{TrainResult: &tasks.TrainResult{}}, Curves: []Curve{{Kind: "zero", Draws: 3, Points: []Comparison{
		{Share: 0.1, Difference: interval(-0.004, -0.03, 0.02)}, {Share: 0.2, Difference: interval(-0.04, -0.07, -0.01)},
	}}}}
	rows := r.Curves[0].table().Rows
	if !strings.Contains(rows[0][3], "none") || strings.Contains(rows[1][3], "none") {
		t.Errorf("the curve's table: %v", rows)
	}
	marked := 0
	for _, row := range r.Summary().Rows {
		if strings.Contains(row[3], "none") {
			marked++
			if !strings.HasPrefix(row[0], "top 10 % skill") {
				t.Errorf("marked: %v", row)
			}
		}
	}
	if marked != 1 {
		t.Errorf("%d rows are marked as null", marked)
	}
}

// The interval of identical answers is a point at zero; that of two independent sets of answers is close to the normal one.
func TestCrossed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 2000
	a, b := make([]bool, n), make([]bool, n)
	for i := range a {
		a[i], b[i] = rng.Float64() < 0.6, rng.Float64() < 0.7
	}
	if d := crossed(a, [][]bool{a, a, a}, rng); d.Value != 0 || d.Low != 0 || d.High != 0 {
		t.Errorf("the same answers differ by %v", d)
	}
	d := crossed(a, [][]bool{b}, rng)
	var mean, square float64
	for i := range a {
		x := float64(bit(a[i]) - bit(b[i]))
		mean += x / float64(n)
		square += x * x / float64(n)
	}
	half := 1.96 * math.Sqrt((square-mean*mean)/float64(n))
	if math.Abs(d.Value-mean) > 1e-12 || math.Abs(d.Low-(mean-half)) > 0.1*half || math.Abs(d.High-(mean+half)) > 0.1*half {
		t.Errorf("%v, want %.4f ± %.4f", d, mean, half)
	}
	// Draws that disagree widen it: their chance is part of it.
	none := make([]bool, n)
	if wide := crossed(a, [][]bool{b, none, b, none}, rng); wide.High-wide.Low < 3*(d.High-d.Low) {
		t.Errorf("draws of %v and 0 give an interval of only %v", d, wide)
	}
}

func TestCompare(t *testing.T) {
	skill := []bool{true, false, false, false}
	random := [][]bool{{true, true, true, false}, {true, true, false, false}}
	c, err := compare(skill, random, rand.New(rand.NewPCG(3, 4)))
	if err != nil {
		t.Fatal(err)
	}
	if c.Skill.Value != 0.25 || c.Random.Value != 0.625 || c.Difference.Value != -0.375 || c.Draws[0] != 0.75 {
		t.Errorf("%+v", c)
	}
	if c.P[0] != 0.5 || c.P[1] != 1 { // two and one discordant sentences, all on one side
		t.Errorf("p-values %v", c.P)
	}
	if _, err := compare(skill, random[:1], rand.New(rand.NewPCG(3, 4))); err == nil {
		t.Error("one draw has no interval")
	}
}

// The plan gets smaller, never larger, as the machine gets slower, and fits where anything does.
func TestChoose(t *testing.T) {
	s := Sizes{6920, 872, 1821}
	before := math.Inf(1)
	seen := map[string]bool{}
	for step := 0.01; step < 4; step *= 1.05 {
		p := Choose(step, s)
		seen[p.Name] = true
		work := p.Steps(s)
		if work > before {
			t.Errorf("at %.2f s a step the work rises to %.0f", step, work)
		}
		if work*step > Limit && p.Name != PlanBrief {
			t.Errorf("at %.2f s a step the %s plan takes %.0f s", step, p.Name, work*step)
		}
		before = work
	}
	for _, name := range []string{PlanStandard, PlanShort, PlanBrief} {
		if !seen[name] {
			t.Errorf("no speed gets the %s plan", name)
		}
	}
	full, err := Named(PlanFull)
	if err != nil {
		t.Fatal(err)
	}
	if standard := Choose(0.01, s); full.Steps(s) < 1.5*standard.Steps(s) || full.Curve != 0 {
		t.Errorf("the full plan: %+v", full)
	}
	if _, err := Named("ful"); err == nil || !strings.Contains(err.Error(), PlanFull) {
		t.Errorf("an unknown plan: %v", err)
	}
}

// The demo's ranking marks the same neurons as skillneuron's files.
func TestMaskAgreesWithRank(t *testing.T) {
	dir := t.TempDir()
	const l, p, f = 3, 4, 57
	rng := rand.New(rand.NewPCG(5, 6))
	perf, avg := make([]float32, l*p*f), make([]float32, l*p*f)
	for i := range perf {
		perf[i] = float32(rng.IntN(40)) / 40 // ties
		avg[i] = float32(i)
	}
	path := filepath.Join(dir, "sst2", "dev_perf.npy")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string][]float32{path: perf, filepath.Join(dir, "avg.npy"): avg} {
		if err := npy.Write(name, []int{l, p, f}, x); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tasks.Rank(tasks.RankConfig{Paths: []string{path}, SaveTo: dir}); err != nil {
		t.Fatal(err)
	}
	g, err := readGrid(path, filepath.Join(dir, "avg.npy"))
	if err != nil {
		t.Fatal(err)
	}
	for k := range 21 {
		want, err := tasks.ReadMask(filepath.Join(dir, "info", "sst2", tasks.ShareName(k)+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		got := g.mask(k)
		for i := range want.Bits {
			if got.Bits[i] != want.Bits[i] {
				t.Fatalf("%d %%: neuron %d of layer %d", k, i%f, i/f)
			}
		}
	}
	n := g[2][5]
	at := (2*p+n.Row)*f + 5
	if n.Threshold != avg[at] || n.Predictivity != math.Abs(float64(perf[at])-0.5)+0.5 || n.Above != bit(perf[at] >= 0.5) {
		t.Errorf("%+v at %g, %g", n, perf[at], avg[at])
	}
	if _, err := readGrid(path, filepath.Join(dir, "info", "sst2", "0.1.npy")); err == nil {
		t.Error("a mask was read as thresholds")
	}
}

func TestJoined(t *testing.T) {
	var runs []*tasks.Speed
	for _, s := range []float64{2, 5, 4} {
		runs = append(runs, &tasks.Speed{Sentences: 8, Score: []float64{0.7}, Total: []float64{s}, Forward: []float64{s}, Tokenise: []float64{0}, Median: s})
	}
	s := joined(runs)
	if s.Median != 4 || s.Spread != 0.75 || s.Rate != 2 || len(s.Total) != 3 || len(s.Score) != 3 || len(runs[0].Total) != 1 {
		t.Errorf("%+v", s)
	}
	c := stepClock{}
	if c.step() != 0 {
		t.Error("no step has a time")
	}
	at := time.Unix(0, 0)
	c.Start("", 0, "")
	for _, ms := range []int{900, 100, 300, 200} { // the first is left out, the median of the rest counts
		at = at.Add(time.Duration(ms) * time.Millisecond)
		c.ends = append(c.ends, at)
	}
	if c.step() != 0.2 {
		t.Errorf("a step takes %v s", c.step())
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		points(-0.0004): "+0.0", points(-0.012): "−1.2", points(0.1): "+10.0", percent(0.5): "50.0 %",
		seconds(3.21): "3.2 s", seconds(59.7): "1 min 00 s", seconds(61): "1 min 01 s",
		pvalue(0.0001): "<0.001", pvalue(0.5): "0.500", tasks.ShellWord("a b"): "'a b'", tasks.ShellWord("it's"): `'it'\''s'`, tasks.ShellWord("demo-out"): "demo-out",
		millions(14_800_000): "14.8 M", millions(900): "900",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
