package tasks

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// pass runs the model over a split.
type pass struct {
	w      *workspace
	split  dataset.Split
	tokens []dataset.Prompted // of every example, where they are made before the pass; else a batch's are made with it, and memory does not grow with the split
	lanes  []*lane
	room   []*fed
	quiet  bool // no progress of its own
	ahead  bool // a batch is begun before the one before it is waited for
}

// lane is what one of several goroutines runs batches with.
type lane struct {
	session *roberta.Session
	out     [2][]float32 // of a batch, and of one that is computed ahead
	turn    int
}

// work is what a lane does with each batch: prepare says what to compute, under each of several edits, and is valid until it is called again; use takes what came out.
type work struct {
	prepare func(b *fed) (roberta.Run, [][]*engine.Edit)
	use     func(b *fed, out []float32) error // may be nil
	reads   bool                              // use reads tensors that the next batch writes, so that none may be ahead
}

// quietly makes a pass that rides inside other work.
func quietly(p *pass) *pass {
	p.quiet = true
	return p
}

func (w *workspace) newPass(s dataset.Split) *pass {
	p := &pass{w: w, split: s}
	lanes, _ := w.share(s)
	for range lanes {
		l := &lane{}
		if lanes > 1 {
			l.session = w.model.NewSingleSession()
		} else {
			l.session = w.model.NewSession()
		}
		l.session.Short = w.short
		p.lanes = append(p.lanes, l)
	}
	p.room = w.rooms(2*lanes + 1)
	if p.ahead = w.async(); p.ahead {
		p.room = append(p.room, w.rooms(lanes)...)
	}
	return p
}

// short passes on that the device's memory is smaller than a batch.
func (w *workspace) short(what string) { w.log().Warn(what) }

// rest has a session, or those of a pass, that will go on later give its memory back where the device has its own: others need it meanwhile.
func (w *workspace) rest(close func()) {
	if w.async() {
		close()
	}
}

// async tells whether the device computes while its caller goes on.
func (w *workspace) async() bool {
	_, ok := w.model.Backend().(engine.Async)
	return ok
}

// batchOf is the sentences asked for in a batch of the split, no more than it has.
func (w *workspace) batchOf(s dataset.Split) int { return max(1, min(w.Common.batch(), s.Len())) }

// most is the most sentences of a batch of the split, for which buffers are made.
func (w *workspace) most(s dataset.Split) int {
	if lanes, batches := w.share(s); lanes > 1 {
		return (s.Len() + batches - 1) / batches
	}
	return w.batchOf(s)
}

// add appends example i.
func (p *pass) add(b *roberta.Batch, i int) {
	e := p.split.Examples[i]
	if p.tokens != nil {
		p.w.add(b, p.tokens[i], e.ID)
		return
	}
	p.w.add(b, p.w.example(e), e.ID)
}

func (p *pass) close() {
	for _, l := range p.lanes {
		l.session.Close()
	}
}

// run runs every batch of the split once, in no order. start is called for each lane in turn, before any work; what it returns is called by one goroutine at a
// time, but those of different lanes at once. An example counts for that many units of progress.
func (p *pass) run(ctx context.Context, units int, start func(lane int) (work, error)) error {
	works := make([]work, len(p.lanes))
	for i := range works {
		var err error
		if works[i], err = start(i); err != nil {
			return err
		}
	}
	plan := inOrder(p.split.Len(), p.w.batchOf(p.split))
	if lanes, batches := p.w.share(p.split); lanes > 1 {
		plan = deal(p.split.Len(), batches, p.length)
	}
	f := newFeed(p.room, slices.Values(plan), p.add)
	defer f.close()
	var (
		done   sync.WaitGroup
		ended  atomic.Bool // something went wrong
		mu     sync.Mutex  // of progress, failed and fault
		failed error       // the first
		fault  any         // what the first goroutine panicked with: it goes on in the one that waits, whose caller may recover it
	)
	fail := func(err error) {
		ended.Store(true)
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			failed = err
		}
	}
	for i, l := range p.lanes {
		done.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					ended.Store(true)
					mu.Lock()
					defer mu.Unlock()
					if fault == nil {
						fault = r
					}
				}
			}()
			done := func(x begun) bool {
				if err := l.end(x, works[i]); err != nil {
					fail(err)
					return false
				}
				if !p.quiet {
					mu.Lock()
					p.w.progress().Add(x.b.Len() * units)
					mu.Unlock()
				}
				f.giveBack(x.b)
				return true
			}
			var last begun
			for b := f.next(); b != nil && !ended.Load(); b = f.next() {
				err := ctx.Err()
				var x begun
				if err == nil {
					x, err = l.begin(b, works[i])
				}
				if err != nil {
					fail(err)
					return
				}
				if p.ahead && !works[i].reads {
					x, last = last, x
				}
				if x.b != nil && !done(x) {
					return
				}
			}
			if last.b != nil && !ended.Load() {
				done(last)
			}
		})
	}
	done.Wait()
	if fault != nil {
		panic(fault)
	}
	return failed
}

// begun is a batch that is computed.
type begun struct {
	b       *fed
	turn    int
	pending roberta.Pending
}

func (l *lane) begin(b *fed, w work) (begun, error) {
	run, edits := w.prepare(b)
	l.turn = 1 - l.turn
	p, err := l.session.Begin(l.out[l.turn], b.Batch, run, edits)
	return begun{b, l.turn, p}, err
}

// end waits for a batch and takes what came out.
func (l *lane) end(x begun, w work) error {
	out, err := x.pending.Wait()
	if err != nil {
		return err
	}
	if out != nil {
		l.out[x.turn] = out
	}
	if w.use == nil {
		return nil
	}
	return w.use(x.b, out)
}
