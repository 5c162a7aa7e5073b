package roofline

import (
	"sync"
	"sync/atomic"
	"time"
)

// Loop names the instructions that [Peak] counts.
func Loop() string {
	name, _, _ := loop()
	return name
}

// Peak is the rate of independent multiply-adds of float32 whose operands never leave the registers, in GFLOP/s over the given threads. All threads run at once, each
// many short pieces, of which the fastest counts: whatever else runs on the machine can only slow a piece down, and seldom meets them all.
func Peak(threads int) float64 {
	_, run, flop := loop()
	n := 1 << 10
	for timed(n, run) < 2*time.Millisecond {
		n *= 2
	}
	best := make([]time.Duration, threads)
	var wg sync.WaitGroup
	for t := range best {
		wg.Go(func() {
			best[t] = timed(n, run)
			for range 150 {
				best[t] = min(best[t], timed(n, run))
			}
		})
	}
	wg.Wait()
	sum := 0.0
	for _, d := range best {
		sum += flop * float64(n) / d.Seconds() / 1e9
	}
	return sum
}

// timed is the time of n rounds.
func timed(n int, run func(int)) time.Duration {
	start := time.Now()
	run(n)
	return time.Since(start)
}

// sink keeps the loop in Go from being optimised away.
var sink atomic.Uint64

// goLoop multiplies and adds in plain Go, for builds and processors without an assembly loop.
func goLoop() (name string, run func(n int), flop float64) {
	return "8 × float32 multiply and add in Go", func(n int) {
		var s [8]float32
		x, y := float32(n&1), float32(n&2)
		for range n {
			s[0] += x * y
			s[1] += x * y
			s[2] += x * y
			s[3] += x * y
			s[4] += x * y
			s[5] += x * y
			s[6] += x * y
			s[7] += x * y
		}
		var t float32
		for _, v := range s {
			t += v
		}
		sink.Add(uint64(t))
	}, 8 * 2
}
