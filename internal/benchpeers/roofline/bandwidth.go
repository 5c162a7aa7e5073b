package roofline

import (
	"sync"
	"time"

	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

const (
	streamLen = 1 << 25 // float32 of each stream of one thread: well over any last-level cache
	window    = 1 << 19 // of them in a piece that is timed: a millisecond or less
	block     = 1 << 14 // of them in a call of the kernels
)

// Bandwidth is the traffic with memory in GB/s over the given threads: reading two streams (a dot product), and reading two while writing a third (a sum; the
// lines that a write fetches first are not counted). All threads run at once; of each the fastest piece counts, as in [Peak].
func Bandwidth(threads int) (read, add float64) {
	set := simd.Sets()[0]
	type streams struct{ x, y, z []float32 }
	s := make([]streams, threads)
	for t := range s {
		s[t] = streams{make([]float32, streamLen), make([]float32, streamLen), make([]float32, streamLen)}
		for i := range s[t].x {
			s[t].x[i], s[t].y[i], s[t].z[i] = 1, 1, 1
		}
	}
	each := func(f func(s *streams, lo, hi int)) float64 {
		best := make([]time.Duration, threads)
		var wg sync.WaitGroup
		for t := range s {
			wg.Go(func() {
				for i := range 3 * streamLen / window {
					at := i * window % streamLen
					start := time.Now()
					for lo := at; lo < at+window; lo += block {
						f(&s[t], lo, lo+block)
					}
					if d := time.Since(start); i == 0 || d < best[t] {
						best[t] = d
					}
				}
			})
		}
		wg.Wait()
		sum := 0.0
		for _, d := range best {
			sum += 4 * window / d.Seconds() / 1e9
		}
		return sum
	}
	read = 2 * each(func(s *streams, lo, hi int) { set.Dot(s.x[lo:hi], s.y[lo:hi]) })
	add = 3 * each(func(s *streams, lo, hi int) { set.Add(s.z[lo:hi], s.x[lo:hi], s.y[lo:hi]) })
	return read, add
}
