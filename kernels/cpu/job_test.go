package cpu

import (
	"slices"
	"sync"
	"testing"
)

// drained is the chunks that a worker takes alone, until it has most of them or none is left.
func drained(j *job, worker, most int) (got []int) {
	for len(got) < most {
		i := j.take(worker)
		if i < 0 {
			break
		}
		got = append(got, i)
	}
	return got
}

// TestDeal: a worker begins with its own chunks, in their order, and goes on with the last ones of others; in turn there is one order for all.
func TestDeal(t *testing.T) {
	var j job
	for _, c := range []struct {
		inTurn      bool
		own, others []int // what the second worker takes, and then the first
	}{
		{false, []int{3, 4, 5, 6, 2}, []int{0, 1}},
		{true, []int{0, 1, 2, 3, 4}, []int{5, 6}},
	} {
		j.n, j.inTurn = 7, c.inTurn
		j.deal(2)
		if got := drained(&j, 1, 5); !slices.Equal(got, c.own) {
			t.Errorf("in turn %v: the second worker takes %v, want %v", c.inTurn, got, c.own)
		}
		if got := drained(&j, 0, 7); !slices.Equal(got, c.others) {
			t.Errorf("in turn %v: the first worker takes %v, want %v", c.inTurn, got, c.others)
		}
	}
}

// TestDealOnce: whoever takes chunks at once, each goes to one of them.
func TestDealOnce(t *testing.T) {
	const workers, chunks = 4, 10_000
	for _, inTurn := range []bool{false, true} {
		var j job
		j.n, j.inTurn = chunks, inTurn
		j.deal(workers)
		var took [workers][]int
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() { took[w] = drained(&j, w, chunks) })
		}
		wg.Wait()
		all := slices.Concat(took[:]...)
		slices.Sort(all)
		for i, c := range all {
			if i != c || len(all) != chunks {
				t.Fatalf("in turn %v: %d chunks of %d, the %dth is %d", inTurn, len(all), chunks, i, c)
			}
		}
	}
}
