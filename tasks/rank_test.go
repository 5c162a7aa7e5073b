package tasks

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/npy"
)

const rankL, rankP, rankF = 2, 3, 211 // a width of which no share is a whole number

// trials writes accuracies of three trials, with ties, one of them without prompt rows, and returns their paths and what they hold as [L][F]
// predictivity by trial.
func trials(t *testing.T, dir string, seed uint64) (paths []string, scores [][]float64) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for trial := range 3 {
		rows, shape := rankP, []int{rankL, rankP, rankF}
		if trial == 2 {
			rows, shape = 1, []int{rankL, rankF}
		}
		x := make([]float32, rankL*rows*rankF)
		for i := range x {
			x[i] = float32(rng.IntN(41)) / 40
		}
		score := make([]float64, rankL*rankF)
		for l := range rankL {
			for f := range rankF {
				for p := range rows {
					score[l*rankF+f] = math.Max(score[l*rankF+f], math.Abs(float64(x[(l*rows+p)*rankF+f])-0.5))
				}
			}
		}
		path := filepath.Join(dir, fmt.Sprint(trial))
		if err := npy.Write(path, shape, x); err != nil {
			t.Fatal(err)
		}
		paths, scores = append(paths, path), append(scores, score)
	}
	return paths, scores
}

// ranked orders the neurons of one layer by the aggregate of their trials, best first, equal ones by index.
func ranked(scores [][]float64, l int, how Aggregate) []int {
	type neuron struct {
		index int
		score float64
	}
	var all []neuron
	for f := range rankF {
		n := neuron{f, 0}
		for _, s := range scores {
			n.score += s[l*rankF+f]
		}
		n.score /= float64(len(scores))
		if how == AggregateMin {
			n.score = math.Inf(1)
			for _, s := range scores {
				n.score = math.Min(n.score, s[l*rankF+f])
			}
		}
		all = append(all, n)
	}
	sort.Slice(all, func(a, b int) bool {
		return all[a].score > all[b].score || all[a].score == all[b].score && all[a].index < all[b].index
	})
	out := make([]int, rankF)
	for i, n := range all {
		out[i] = n.index
	}
	return out
}

// share is int(num/den·F), exactly.
func share(num, den int64) int {
	x := new(big.Rat).Mul(big.NewRat(num, den), big.NewRat(rankF, 1))
	return int(new(big.Int).Quo(x.Num(), x.Denom()).Int64())
}

// names are the files of p = 0, 0.01 … 0.2, as the original spells them.
var names = []string{"0.0", "0.01", "0.02", "0.03", "0.04", "0.05", "0.06", "0.07", "0.08", "0.09", "0.1", "0.11", "0.12", "0.13", "0.14", "0.15",
	"0.16", "0.17", "0.18", "0.19", "0.2"}

// checkMasks compares every file under dir with the sets of neurons that want gives, and that there are no others.
func checkMasks(t *testing.T, dir string, want func(k, l int) map[int]bool) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name())
	}
	var files21 []string
	for _, n := range names {
		files21 = append(files21, n+".npy")
	}
	if sort.Strings(files21); !slices.Equal(got, files21) {
		t.Errorf("files %v, want %v", got, files21)
	}
	for k, name := range names {
		m, err := ReadMask(filepath.Join(dir, name+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		if m.L != rankL || m.F != rankF {
			t.Fatalf("%s is [%d, %d]", name, m.L, m.F)
		}
		for l := range rankL {
			set := want(k, l)
			for f := range rankF {
				if m.Bits[l*rankF+f] != set[f] {
					t.Fatalf("%s, layer %d: neuron %d is marked: %t, want %t", name, l, f, !set[f], set[f])
				}
			}
		}
	}
}

// Two labels: the top int(p·F) of each layer.
func TestRank(t *testing.T) {
	for _, how := range []Aggregate{AggregateMean, AggregateMin} {
		t.Run(string(how), func(t *testing.T) {
			dir := t.TempDir()
			paths, scores := trials(t, filepath.Join(dir, "sst2"), 1)
			r, err := Rank(RankConfig{Paths: paths, Type: how, SaveTo: dir})
			if err != nil {
				t.Fatal(err)
			}
			checkMasks(t, filepath.Join(dir, "info", "sst2"), func(k, l int) map[int]bool {
				set := map[int]bool{}
				for _, i := range ranked(scores, l, how)[:share(int64(k), 100)] {
					set[i] = true
				}
				return set
			})
			for k, n := range r.Counts {
				if n != share(int64(k), 100) || r.Names[k] != names[k] {
					t.Errorf("file %s with %d neurons a layer, want %s with %d", r.Names[k], n, names[k], share(int64(k), 100))
				}
			}
		})
	}
}

// More labels: for p = 0, 0.005 … 0.1 the top int(p·F) of NAME-pn, filled up from NAME-neu's own ranking to int(2·p·F), under the name 2p.
func TestRankOfTwoSubtasks(t *testing.T) {
	for _, how := range []Aggregate{AggregateMean, AggregateMin} {
		t.Run(string(how), func(t *testing.T) {
			dir := t.TempDir()
			pn, pnScores := trials(t, filepath.Join(dir, "mnli-pn"), 2)
			neu, neuScores := trials(t, filepath.Join(dir, "mnli-neu"), 3)
			if _, err := Rank(RankConfig{Paths: pn, Aux: neu, Type: how, SaveTo: dir}); err != nil {
				t.Fatal(err)
			}
			filled, skipped := 0, 0
			checkMasks(t, filepath.Join(dir, "info", "mnli"), func(k, l int) map[int]bool {
				first, second := ranked(pnScores, l, how), ranked(neuScores, l, how)
				set := map[int]bool{}
				for _, i := range first[:share(int64(5*k), 1000)] {
					set[i] = true
				}
				want := share(int64(2*5*k), 1000)
				for _, i := range second {
					if len(set) == want {
						break
					}
					if set[i] {
						skipped++
					} else {
						filled++
					}
					set[i] = true
				}
				for _, i := range first[:want] { // the test sees which ranking fills
					if !set[i] {
						return set
					}
				}
				if k > 3 {
					t.Errorf("share %d, layer %d: both rankings mark the same neurons, so that this shows nothing", k, l)
				}
				return set
			})
			if filled == 0 || skipped == 0 {
				t.Errorf("%d neurons filled, %d already marked: the trials show too little", filled, skipped)
			}
		})
	}
}
