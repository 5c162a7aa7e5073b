package roofline

import (
	"math"
	"sync"
	"time"

	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// streamLen is the length of each stream, in float32, of one thread: well over any last-level cache.
const streamLen = 1 << 25

// Bandwidth is the traffic with memory in GB/s over the given threads, best of several runs: reading two streams (a dot product), and reading two while writing
// a third (a sum; the lines that a write fetches first are not counted).
func Bandwidth(threads int) (read, add float64) {
	set := simd.Sets()[0]
	var x, y, z [][]float32
	for range threads {
		a, b, c := make([]float32, streamLen), make([]float32, streamLen), make([]float32, streamLen)
		for i := range a {
			a[i], b[i], c[i] = 1, 1, 1
		}
		x, y, z = append(x, a), append(y, b), append(z, c)
	}
	const block = 1 << 14 // a call of the kernels
	each := func(f func(t, lo, hi int)) float64 {
		best := math.Inf(1)
		for range 4 {
			start := time.Now()
			var wg sync.WaitGroup
			for t := range threads {
				wg.Go(func() {
					for lo := 0; lo < streamLen; lo += block {
						f(t, lo, lo+block)
					}
				})
			}
			wg.Wait()
			best = min(best, time.Since(start).Seconds())
		}
		return 4 * streamLen * float64(threads) / best / 1e9
	}
	read = 2 * each(func(t, lo, hi int) { set.Dot(x[t][lo:hi], y[t][lo:hi]) })
	add = 3 * each(func(t, lo, hi int) { set.Add(z[t][lo:hi], x[t][lo:hi], y[t][lo:hi]) })
	return read, add
}
