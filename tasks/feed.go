package tasks

import (
	"iter"

	"github.com/skillneuron/skillneuron/roberta"
)

// fed is a batch, and the examples of the split that stand in it, in its order.
type fed struct {
	*roberta.Batch
	examples []int
}

// feed makes batches in a goroutine of its own, so that texts are tokenised while the batches before them are computed. Any number of goroutines take from it.
type feed struct {
	free, ready chan *fed
	stop        chan struct{}
	fault       any // what making a batch panicked with: it goes on in who takes, whose caller may recover it
}

// newFeed makes the batches in room, which holds those being computed, those begun, and at least one that is made meanwhile. add appends an example.
func newFeed(room []*fed, batches iter.Seq[[]int], add func(b *roberta.Batch, example int)) *feed {
	f := &feed{free: make(chan *fed, len(room)), ready: make(chan *fed, len(room)), stop: make(chan struct{})}
	for _, b := range room {
		f.free <- b
	}
	go f.serve(batches, add)
	return f
}

func (f *feed) serve(batches iter.Seq[[]int], add func(b *roberta.Batch, example int)) {
	defer close(f.ready)
	defer func() { f.fault = recover() }()
	for examples := range batches {
		select {
		case <-f.stop:
			return
		case b := <-f.free:
			b.Reset()
			b.examples = append(b.examples[:0], examples...)
			for _, i := range examples {
				add(b.Batch, i)
			}
			f.ready <- b
		}
	}
}

// next is the next batch, nil behind the last one. Who takes it gives it back when it has been computed.
func (f *feed) next() *fed {
	b, ok := <-f.ready
	if !ok && f.fault != nil {
		panic(f.fault)
	}
	return b
}

func (f *feed) giveBack(b *fed) { f.free <- b }

// close ends the feed, whose room others may then use. It is called once, when nobody takes any more.
func (f *feed) close() {
	close(f.stop)
	for range f.ready {
	}
}

// rooms are n batches for a feed.
func (w *workspace) rooms(n int) []*fed {
	out := make([]*fed, n)
	for i := range out {
		out[i] = &fed{Batch: w.model.NewBatch()}
	}
	return out
}
