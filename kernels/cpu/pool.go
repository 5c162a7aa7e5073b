package cpu

import (
	"sync"
	"sync/atomic"

	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// pool runs chunks of work on persistent goroutines. Any number of callers share it; each works on its own job too, so a job
// never waits for a worker that is busy elsewhere.
type pool struct {
	threads int
	jobs    chan *job
	idle    chan *scratch
}

type job struct {
	work func(chunk int, s *scratch)
	n    int64
	next atomic.Int64
	left sync.WaitGroup
}

func newPool(threads int) *pool {
	p := &pool{threads: threads, jobs: make(chan *job, threads), idle: make(chan *scratch, 4*threads)}
	for range threads - 1 {
		go serve(p.jobs)
	}
	return p
}

// serve sees the channel only, so that a backend nobody uses can be collected, which closes the channel.
func serve(jobs <-chan *job) {
	var s scratch
	for j := range jobs {
		j.drain(&s)
	}
}

func (j *job) drain(s *scratch) {
	for {
		i := j.next.Add(1) - 1
		if i >= j.n {
			return
		}
		j.work(int(i), s)
		j.left.Done()
	}
}

// run calls work for chunks 0…n-1, each once, and returns when all are done.
func (p *pool) run(n int, work func(chunk int, s *scratch)) {
	s := p.scratch()
	defer p.putBack(s)
	if p.threads == 1 || n <= 1 {
		for i := range n {
			work(i, s)
		}
		return
	}
	j := &job{work: work, n: int64(n)}
	j.left.Add(n)
	for range min(n, p.threads) - 1 {
		select {
		case p.jobs <- j:
		default:
		}
	}
	j.drain(s)
	j.left.Wait()
}

func (p *pool) scratch() *scratch {
	select {
	case s := <-p.idle:
		return s
	default:
		return new(scratch)
	}
}

func (p *pool) putBack(s *scratch) {
	select {
	case p.idle <- s:
	default:
	}
}

// scratch is memory that one goroutine reuses from chunk to chunk.
type scratch struct {
	floats [slots][]float32
	fixed  []int64
	bytes  []uint8
	quant  []simd.Int8Row
}

// ints returns n uninitialised integers.
func (s *scratch) ints(n int) []int64 {
	if cap(s.fixed) < n {
		s.fixed = make([]int64, n)
	}
	return s.fixed[:n]
}

// get returns n uninitialised elements of slot i.
func (s *scratch) get(i, n int) []float32 {
	if cap(s.floats[i]) < n {
		s.floats[i] = make([]float32, n+n/4)
	}
	return s.floats[i][:n]
}

// smallest amount of work, in elementary operations, that is worth a second goroutine
const worthwhile = 1 << 15

// split calls work on ranges that cover 0…n-1, in parallel. Every lo is a multiple of align; cost is the number of elementary
// operations of one item.
func (p *pool) split(n, align, cost int, work func(lo, hi int, s *scratch)) {
	if n == 0 {
		return
	}
	parts := min(4*p.threads, n*max(cost, 1)/worthwhile)
	if p.threads == 1 || parts <= 1 {
		s := p.scratch()
		work(0, n, s)
		p.putBack(s)
		return
	}
	step := (n + parts - 1) / parts
	step = (step + align - 1) / align * align
	p.run((n+step-1)/step, func(i int, s *scratch) {
		work(i*step, min(n, (i+1)*step), s)
	})
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
	slots
)
