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
	next    atomic.Int64
	left    sync.WaitGroup // chunks that have not ended
	open    atomic.Int64   // as many, for who looks before it sleeps
	holders atomic.Int32   // the caller, and the workers that have it or will receive it
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

func (j *job) start() {
	p := j.home
	j.next.Store(0)
	j.holders.Store(1)
	s := p.scratch()
	if p.threads == 1 || j.n <= 1 {
		for i := range int(j.n) {
			j.do(i, s)
		}
	} else {
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
		j.drain(s)
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
func (j *job) drain(s *scratch) {
	for {
		i := j.next.Add(1) - 1
		if i >= j.n {
			return
		}
		j.do(int(i), s)
		j.left.Done()
		j.open.Add(-1)
	}
}

// release lets go of the job. A worker may receive a job whose chunks are all done, so whoever lets go last gives it back.
func (j *job) release() {
	if j.holders.Add(-1) > 0 {
		return
	}
	j.chunk, j.span = nil, nil
	j.task = task{}
	p := j.home
	p.mu.Lock()
	p.jobsIdle = append(p.jobsIdle, j)
	p.mu.Unlock()
}
