package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// pool runs jobs on persistent goroutines. Any number of callers share it; each works on its own job too, so a job
// never waits for a worker that is busy elsewhere.
type pool struct {
	threads  int
	patience int // how often a goroutine that waits looks before it sleeps
	jobs     chan *job

	// What was given back, last in, first out: its memory is in the cache and large enough.
	mu          sync.Mutex
	jobsIdle    []*job
	scratchIdle []*scratch
}

func newPool(threads int) *pool {
	p := &pool{threads: threads, jobs: make(chan *job, threads)}
	if threads <= runtime.GOMAXPROCS(0) { // else who waits takes the place of who works
		p.patience = patience
	}
	for i := range threads - 1 {
		go serve(p.jobs, p.patience, i+1)
	}
	return p
}

// serve sees the channel only, so that a backend nobody uses can be collected, which closes the channel.
func serve(jobs <-chan *job, patience, worker int) {
	var s scratch
	for {
		j, ok := await(jobs, patience)
		if !ok {
			return
		}
		j.drain(worker, &s)
		j.release()
	}
}

// patience lasts some 30 µs: the next op of a forward is nearer than that, and to wake a thread costs more.
const patience = 2000

// await receives the next job.
func await(jobs <-chan *job, patience int) (j *job, ok bool) {
	for range patience {
		select {
		case j, ok = <-jobs:
			return j, ok
		default:
			pause()
		}
	}
	j, ok = <-jobs
	return j, ok
}

// pause passes some 10 ns.
//
//go:noinline
func pause() {
	for range 32 {
	}
}

func (p *pool) scratch() *scratch {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.scratchIdle)
	if n == 0 {
		return new(scratch)
	}
	s := p.scratchIdle[n-1]
	p.scratchIdle = p.scratchIdle[:n-1]
	return s
}

func (p *pool) putBack(s *scratch) {
	p.mu.Lock()
	p.scratchIdle = append(p.scratchIdle, s)
	p.mu.Unlock()
}

// scratch is memory that one goroutine reuses from chunk to chunk.
type scratch struct {
	floats [slots][]float32
	fixed  []int64
	taps   tapping
	bytes  []uint8
	u16    []uint16
	quant  []simd.Int8Row
	room   simd.Room
	half   halfScratch
	peak   atomic.Uint32 // of weights that the goroutine has looked through
	edges  []int32
	split  []simd.BFloat16Rows // of the rows that the goroutine multiplies, or of its callers' whole product
}

// ints returns n uninitialised integers.
func (s *scratch) ints(n int) []int64 {
	if cap(s.fixed) < n {
		s.fixed = make([]int64, n+n/4)
	}
	return s.fixed[:n]
}

// words returns n uninitialised numbers of 16 bits.
func (s *scratch) words(n int) []uint16 {
	if cap(s.u16) < n {
		s.u16 = make([]uint16, n+n/4)
	}
	return s.u16[:n]
}

// get returns n uninitialised elements of slot i.
func (s *scratch) get(i, n int) []float32 {
	if cap(s.floats[i]) < n {
		s.floats[i] = make([]float32, n+n/4)
	}
	return s.floats[i][:n]
}

// Slots of scratch. The slots of one chunk of work are distinct; a caller that hands work to the pool holds a scratch of its own.
const (
	slotRow = iota
	slotWide
	slotWide2
	slotPack
	slotPack2
	slotPack3
	slotPack4
	slotUnit
	slotStats
	slotGELU
	slotWideA
	slotWideRes
	slotWideDst
	slots
)
