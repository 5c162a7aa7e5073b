package tasks

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// pass runs the model over a split once. prepare says, for a batch of examples lo…hi-1, what to compute; use takes what came out.
type pass struct {
	w       *workspace
	split   dataset.Split
	tokens  []dataset.Prompted // of every example, where they are made before the pass; else a batch's are made with it, and memory does not grow with the split
	session *roberta.Session
	batch   *roberta.Batch
	out     []float32
	singles []*lane // for predictions, see lanes
	quiet   bool    // no progress of its own
}

// quietly makes a pass that rides inside other work.
func quietly(p *pass) *pass {
	p.quiet = true
	return p
}

func (w *workspace) newPass(s dataset.Split) *pass {
	p := &pass{w: w, split: s, session: w.model.NewSession(), batch: w.model.NewBatch()}
	p.session.Short = w.short
	return p
}

// short passes on that the device's memory is smaller than a batch.
func (w *workspace) short(what string) { w.log().Warn(what) }

// rest has a session, or those of a pass, that will go on later give its memory back where the device has its own: others need it meanwhile.
func (w *workspace) rest(close func()) {
	if _, ok := w.model.Backend().(engine.Async); ok {
		close()
	}
}

// batchSize is the sentences of a batch, no more than the split has.
func (p *pass) batchSize() int { return p.w.batchOf(p.split) }

// batchOf is the batch size for a split, no more than it has: buffers are made for it.
func (w *workspace) batchOf(s dataset.Split) int { return max(1, min(w.Common.batch(), s.Len())) }

// encoded are the tokens of example i.
func (p *pass) encoded(i int) dataset.Prompted {
	if p.tokens != nil {
		return p.tokens[i]
	}
	return p.w.example(p.split.Examples[i])
}

func (p *pass) close() {
	p.session.Close()
	for _, l := range p.singles {
		l.session.Close()
	}
}

func (p *pass) run(ctx context.Context, prepare func(b *roberta.Batch, lo, hi int) roberta.Run, use func(lo, hi int, out []float32) error) error {
	size := p.batchSize()
	for lo := 0; lo < p.split.Len(); lo += size {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(lo+size, p.split.Len())
		p.batch.Reset()
		for i := lo; i < hi; i++ {
			p.w.add(p.batch, p.encoded(i), p.split.Examples[i].ID)
		}
		out, err := p.session.Forward(p.out, p.batch, prepare(p.batch, lo, hi))
		if err != nil {
			return err
		}
		if out != nil {
			p.out = out
		}
		if use != nil {
			if err := use(lo, hi, out); err != nil {
				return err
			}
		}
		if !p.quiet {
			p.w.progress().Add(hi - lo)
		}
	}
	return nil
}

// Predictions are a classifier's answers on one split.
type Predictions struct {
	Logits [][]float32 // [examples][classes], verbalizer logits
	Pred   []int       // class of the largest logit, the lower index where equal
	Gold   []int
	Score  float64 // by the task's metric
}

// predict scores the split, under edits unless pert is nil.
func (p *pass) predict(ctx context.Context, pert *Perturbation) (*Predictions, error) {
	r, err := p.predictEach(ctx, []*Perturbation{pert})
	if err != nil {
		return nil, err
	}
	return r[0], nil
}

// predictEach scores the split under each of several perturbations; what they have in common is computed once ([roberta.Session.ForwardEach]).
func (p *pass) predictEach(ctx context.Context, perts []*Perturbation) ([]*Predictions, error) {
	w := p.w
	classes := len(w.words.IDs)
	n := p.split.Len()
	all := make([][]float32, len(perts))
	for i := range all {
		all[i] = make([]float32, n*classes)
	}
	ids, join := roberta.Joined(w.words.IDs)
	batches := (n + p.batchSize() - 1) / p.batchSize()
	lanes := p.lanes(batches)
	var (
		next   atomic.Int64
		done   sync.WaitGroup
		mu     sync.Mutex // of progress, failed and fault
		failed error      // the first
		fault  any        // what a goroutine panicked with: it goes on in the one that waits, whose caller may recover it
	)
	fail := func(err error) {
		next.Store(int64(batches))
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			failed = err
		}
	}
	for _, l := range lanes {
		done.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					next.Store(int64(batches))
					mu.Lock()
					defer mu.Unlock()
					fault = r
				}
			}()
			edits := make([][]*engine.Edit, len(perts))
			own := make([]*Perturbation, len(perts)) // a perturbation holds what it says of the batch
			for i, pert := range perts {
				if pert != nil {
					own[i] = pert.on(pert.Mask)
				}
			}
			for {
				b := int(next.Add(1)) - 1
				if b >= batches {
					return
				}
				if err := ctx.Err(); err != nil {
					fail(err)
					return
				}
				lo, hi := b*n/batches, (b+1)*n/batches
				l.batch.Reset()
				for i := lo; i < hi; i++ {
					w.add(l.batch, p.encoded(i), p.split.Examples[i].ID)
				}
				for i, pert := range own {
					edits[i] = pert.edits(l.batch)
				}
				out, err := l.session.ForwardEach(l.out, l.batch, roberta.Run{Read: l.batch.At, IDs: ids, Join: join}, edits)
				if err != nil {
					fail(err)
					return
				}
				l.out = out
				for i := range perts {
					copy(all[i][lo*classes:hi*classes], out[i*(hi-lo)*classes:])
				}
				if !p.quiet {
					mu.Lock()
					w.progress().Add((hi - lo) * len(perts))
					mu.Unlock()
				}
			}
		})
	}
	done.Wait()
	if fault != nil {
		panic(fault)
	}
	if failed != nil {
		return nil, failed
	}
	out := make([]*Predictions, len(perts))
	for i, logits := range all {
		var err error
		if out[i], err = p.predictions(logits, classes); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lane is what one of several goroutines runs batches with.
type lane struct {
	session *roberta.Session
	batch   *roberta.Batch
	out     []float32
}

// lanes are as many as the backend has threads, each with one of them, where there is a batch for each; else one with all. Nobody then waits at the ends of ops.
func (p *pass) lanes(batches int) []*lane {
	threads := 1
	if shared, ok := p.w.model.Backend().(engine.Shared); ok {
		threads = shared.Threads()
	}
	if threads == 1 || batches < threads {
		return []*lane{{session: p.session, batch: p.batch, out: p.out}}
	}
	for len(p.singles) < threads {
		l := &lane{session: p.w.model.NewSingleSession(), batch: p.w.model.NewBatch()}
		l.session.Short = p.w.short
		p.singles = append(p.singles, l)
	}
	return p.singles
}

// predictions are the answers that logits give.
func (p *pass) predictions(logits []float32, classes int) (*Predictions, error) {
	n := p.split.Len()
	r := &Predictions{Gold: p.split.Gold(), Logits: make([][]float32, n), Pred: make([]int, n)}
	for i := range n {
		row := logits[i*classes : (i+1)*classes : (i+1)*classes]
		if !finite(row) {
			return nil, fmt.Errorf("sentence %d of the %s split: its logits are %v; the weights, the prompt or what neurons are set to hold values out of range", p.split.Examples[i].ID+1, p.split.Name, row)
		}
		r.Logits[i], r.Pred[i] = row, argmax(row)
	}
	r.Score = dataset.Score(p.w.task.Score, r.Pred, r.Gold)
	return r, nil
}

// finite reports whether no value is a NaN or an infinity: the larger of two such logits says nothing.
func finite(x []float32) bool {
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}

func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
