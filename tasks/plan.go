package tasks

import (
	"cmp"
	"slices"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

const (
	laneLeast = 16 // sentences make products of a few hundred rows, which run as fast as larger ones
	laneMost  = 4  // times what was asked for is in memory at most
)

// share is how many goroutines run batches of a split, and how many batches there are. Where the backend's threads can take one batch each, they do: together what was
// asked for, or laneLeast sentences each where that is more and memory allows. All take as many as each other: nobody then waits at the ends of ops, nor at the end of the pass.
func (w *workspace) share(s dataset.Split) (lanes, batches int) {
	size := w.batchOf(s)
	if shared, ok := w.model.Backend().(engine.Shared); ok {
		threads := shared.Threads()
		each := max((size+threads-1)/threads, min(size, laneLeast))
		batches = (s.Len() + each - 1) / each
		if threads > 1 && 2*batches >= threads && s.Len() >= threads && threads*each <= laneMost*size {
			return threads, min((batches+threads-1)/threads*threads, s.Len())
		}
	}
	return 1, (s.Len() + size - 1) / size
}

// inOrder makes batches of n examples in their order, each of that size but for the last: a device that has met a size knows it.
func inOrder(n, size int) (out [][]int) {
	for lo := 0; lo < n; lo += size {
		b := make([]int, min(size, n-lo))
		for i := range b {
			b[i] = lo + i
		}
		out = append(out, b)
	}
	return out
}

// deal makes batches of n examples, as many in each, that take about as long as each other: the longest examples go one to each batch, the next longest in the
// other direction, and so on.
func deal(n, batches int, length func(i int) int) [][]int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(length(b), length(a)) })
	out := make([][]int, batches)
	for k, i := range order {
		at := k % batches
		if k/batches%2 == 1 {
			at = batches - 1 - at
		}
		out[at] = append(out[at], i)
	}
	return out
}

// length is how long example i will about be in tokens: texts are not tokenised for it.
func (p *pass) length(i int) int {
	if p.tokens != nil {
		return len(p.tokens[i].IDs)
	}
	return len(p.split.Examples[i].Text) + len(p.split.Examples[i].Pair)
}
