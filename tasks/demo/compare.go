package demo

import (
	"math/rand/v2"
	"slices"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

// Comparison is one share of neurons perturbed: the skill neurons beside as many random ones, on the same sentences.
type Comparison struct {
	Share      float64        `json:"share"`   // of each layer's neurons
	Neurons    int            `json:"neurons"` // perturbed in all
	Skill      stats.Interval `json:"skill"`   // Wilson
	Random     stats.Interval `json:"random"`  // mean of the draws, Student's t
	Draws      []float64      `json:"draws"`
	Difference stats.Interval `json:"difference"` // skill minus random: resampling sentences and draws
	P          []float64      `json:"mcnemar_p"`  // of each draw
}

// Null reports whether the difference's interval contains no difference.
func (c Comparison) Null() bool { return c.Difference.Contains(0) }

// change prints the difference; “none” marks a null result.
func (c Comparison) change() string {
	s := change(c.Difference)
	if c.Null() {
		s += " none"
	}
	return s
}

// resamples is the number of bootstrap samples behind an interval.
const resamples = 4000

// compare sets correct answers under skill neurons' perturbation against those under random ones'.
func compare(skill []bool, random [][]bool, rng *rand.Rand) (Comparison, error) {
	c := Comparison{Skill: wilson(skill), Draws: []float64{}, P: []float64{}}
	for _, r := range random {
		c.Draws = append(c.Draws, wilson(r).Value)
		c.P = append(c.P, stats.Pair(skill, r).P)
	}
	var err error
	if c.Random, err = stats.Mean(c.Draws); err != nil {
		return c, err
	}
	c.Random.Low, c.Random.High = max(0, c.Random.Low), min(1, c.Random.High)
	c.Difference = crossed(skill, random, rng)
	return c, nil
}

// crossed is the percentile bootstrap interval of mean(skill) - mean(random): each sample draws sentences and, independently, random sets with
// replacement, so that both the sentences' and the sets' chance are in it.
func crossed(skill []bool, random [][]bool, rng *rand.Rand) stats.Interval {
	n, d := len(skill), len(random)
	// The differences of draw k from skill, by sentence: -1, 0, 1.
	diff := make([][]int8, d)
	total := 0
	for k, r := range random {
		diff[k] = make([]int8, n)
		for i := range n {
			diff[k][i] = int8(bit(skill[i]) - bit(r[i]))
			total += int(diff[k][i])
		}
	}
	samples := make([]float64, resamples)
	times := make([]int, n)
	for b := range samples {
		clear(times)
		for range n {
			times[rng.IntN(n)]++
		}
		sum := 0
		for range d {
			for i, v := range diff[rng.IntN(d)] {
				sum += int(v) * times[i]
			}
		}
		samples[b] = float64(sum) / float64(n*d)
	}
	slices.Sort(samples)
	return stats.Interval{
		Value: float64(total) / float64(n*d),
		Low:   samples[int(0.025*resamples)], High: samples[int(0.975*resamples)-1], N: n,
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// wilson is the interval of the share of right answers.
func wilson(right []bool) stats.Interval {
	k := 0
	for _, r := range right {
		k += bit(r)
	}
	return stats.Wilson(k, len(right))
}

// right says which answers are.
func right(pred, gold []int) []bool {
	out := make([]bool, len(gold))
	for i := range gold {
		out[i] = pred[i] == gold[i]
	}
	return out
}

func correct(p *tasks.Predictions) []bool { return right(p.Pred, p.Gold) }
