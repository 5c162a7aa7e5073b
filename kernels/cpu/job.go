package cpu

import (
	"sync"
	"sync/atomic"

	"github.com/skillneuron/skillneuron/engine"
)

// job is a parallel call: what it works on, and who works on it. Jobs are used again, and their work is a function literal that captures nothing
// but reads the job's task: a call then allocates nothing.
type job struct {
	task
	home    *pool
	chunk   func(j *job, i int, s *scratch)      // of run
	span    func(j *job, lo, hi int, s *scratch) // of split
	items   int                                  // of split
	step    int                                  // items of a span
	n       int64                                // chunks
	inTurn  bool                                 // they are begun in their order
	shares  []share                              // by worker; the caller is the first
	left    sync.WaitGroup                       // chunks that have not ended
	open    atomic.Int64                         // as many, for who looks before it sleeps
	holders atomic.Int32                         // the caller, and the workers that have it or will receive it
}

// task is what a job works on; each op sets and reads its own part.
type task struct {
	b       *Backend
	to      []float32 // destination
	x, y, z []float32 // sources
	half    []uint16  // source or destination
	cols    int       // of a row
	from    operand
	onto    operand
	alpha   float32
	rows    []int32
	peak    *atomic.Uint32 // bits of the largest magnitude
	two     *atomic.Bool   // two parts hold all numbers

	adam    adam
	drop    engine.Dropout
	edit    *engine.Edit
	embed   embedding
	heads   heads
	loss    float64
	norm    normGrad
	packing packing
	product product
	taps    []tapRun
}

// job is a fresh one; run or split uses it up.
func (b *Backend) job() *job {
	p := b.pool
	p.mu.Lock()
	var j *job
	if n := len(p.jobsIdle); n > 0 {
		j, p.jobsIdle = p.jobsIdle[n-1], p.jobsIdle[:n-1]
	}
	p.mu.Unlock()
	if j == nil {
		j = &job{home: p}
	}
	j.b = b
	return j
}

// run calls work for chunks 0…n-1, each once, and returns when all are done.
func (j *job) run(n int, work func(j *job, i int, s *scratch)) {
	j.chunk, j.n = work, int64(n)
	j.start()
}

// smallest amount of work, in elementary operations, that is worth a second goroutine
const worthwhile = 1 << 15

// split calls work on ranges that cover 0…n-1, in parallel. Every lo is a multiple of align; cost is the number of elementary
// operations of one item.
func (j *job) split(n, align, cost int, work func(j *job, lo, hi int, s *scratch)) {
	j.span, j.items, j.step, j.n = work, n, n, 1
	threads := j.home.threads
	if parts := min(4*threads, n*max(cost, 1)/worthwhile); threads > 1 && parts > 1 {
		j.step = (n + parts - 1) / parts
		j.step = (j.step + align - 1) / align * align
		j.n = int64((n + j.step - 1) / j.step)
	}
	if n == 0 {
		j.n = 0
	}
	j.start()
}

// share is the chunks [lo, hi) that a worker begins with. Ops walk the same rows one after the other: what a worker wrote it reads again, from its own cache.
type share struct {
	bounds atomic.Uint64 // lo above hi, 32 bits each
	_      [56]byte      // a cache line each
}

func (s *share) set(lo, hi int64) { s.bounds.Store(uint64(lo)<<32 | uint64(hi)) }

// take is a chunk of s, the first or the last one, or -1.
func (s *share) take(first bool) int {
	for {
		old := s.bounds.Load()
		lo, hi := old>>32, old&(1<<32-1)
		switch {
		case lo >= hi:
			return -1
		case first && s.bounds.CompareAndSwap(old, old+1<<32):
			return int(lo)
		case !first && s.bounds.CompareAndSwap(old, old-1):
			return int(hi - 1)
		}
	}
}

// deal gives each worker its share; chunks in turn are all in the first one.
func (j *job) deal(threads int) {
	if len(j.shares) < threads {
		j.shares = make([]share, threads)
	}
	for w := range int64(threads) {
		if j.inTurn {
			j.shares[w].set(0, max(0, 1-w)*j.n)
		} else {
			j.shares[w].set(w*j.n/int64(threads), (w+1)*j.n/int64(threads))
		}
	}
}

// take is the next chunk for a worker, of its own share or, where that is empty, from the end of another's; -1 where none is left.
func (j *job) take(worker int) int {
	for d := range j.shares {
		w := (worker + d) % len(j.shares)
		if i := j.shares[w].take(d == 0 || j.inTurn); i >= 0 {
			return i
		}
	}
	return -1
}

func (j *job) start() {
	p := j.home
	j.holders.Store(1)
	s := p.scratch()
	if p.threads == 1 || j.n <= 1 {
		for i := range int(j.n) {
			j.do(i, s)
		}
	} else {
		j.deal(p.threads)
		j.left.Add(int(j.n))
		j.open.Store(j.n)
		for range min(int(j.n), p.threads) - 1 {
			j.holders.Add(1)
			select {
			case p.jobs <- j:
			default:
				j.holders.Add(-1)
			}
		}
		j.drain(0, s)
		for i := 0; i < p.patience && j.open.Load() > 0; i++ {
			pause()
		}
		j.left.Wait()
	}
	p.putBack(s)
	j.release()
}

func (j *job) do(i int, s *scratch) {
	if j.span != nil {
		j.span(j, i*j.step, min(j.items, (i+1)*j.step), s)
	} else {
		j.chunk(j, i, s)
	}
}

// drain does chunks until none is left.
func (j *job) drain(worker int, s *scratch) {
	for {
		i := j.take(worker)
		if i < 0 {
			return
		}
		j.do(i, s)
		j.left.Done()
		j.open.Add(-1)
	}
}

// release lets go of the job. A worker may receive a job whose chunks are all done, so whoever lets go last gives it back.
func (j *job) release() {
	if j.holders.Add(-1) > 0 {
		return
	}
	j.chunk, j.span, j.inTurn = nil, nil, false
	j.task = task{}
	p := j.home
	p.mu.Lock()
	p.jobsIdle = append(p.jobsIdle, j)
	p.mu.Unlock()
}
