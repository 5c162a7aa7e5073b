// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/skillneuron/skillneuron/engine"
)

// queue holds calls until a result is wanted: as many commands as there are go to the device at once, behind one copy of all tables that they read. So the
// host lays out a batch while the device computes the one before, and a list of commands that comes again can be one graph.
type queue struct {
	words   []uint64 // see run
	kernels []string
	number  map[string]int // in kernels
	slabs   [3]slab
	seats   []chunk // of their tables
	slab    *slab   // of the commands that wait
	start   mark    // of the present call
	turn    int
}

// mark is a point to which a call can be taken back.
type mark struct {
	words, segment, used, faults, out int
	counts                            counts
}

const (
	mostWords  = 1 << 16 // of commands that wait
	mostTables = 8 << 20 // bytes of tables that wait
)

// A command's first word is what it does.
const (
	doLaunch = iota // kernel, grid, threads, count of arguments, arguments
	doCopy          // to, from, bytes
	doZero          // at, bytes
)

// run takes commands apart.
func run(d commands, words []uint64, kernels []string) error {
	for len(words) > 0 {
		var err error
		n := 4
		switch w := words[1:]; words[0] {
		case doLaunch:
			args := w[6 : 6+w[5]]
			n = 7 + len(args)
			err = d.launch(kernels[w[0]], grid{int(w[1]), int(w[2]), int(w[3])}, int(w[4]), args)
		case doCopy:
			err = d.copy(address(w[0]), address(w[1]), int(w[2]))
		case doZero:
			n = 3
			err = d.zero(address(w[0]), int(w[1]))
		default:
			err = fmt.Errorf("cuda: command %d", words[0])
		}
		if err != nil {
			return err
		}
		words = words[n:]
	}
	return nil
}

func (q *queue) add(words ...uint64) { q.words = append(q.words, words...) }

func (q *queue) launch(kernel string, g grid, threads int, args []uint64) {
	k, ok := q.number[kernel]
	if !ok {
		if q.number == nil {
			q.number = map[string]int{}
		}
		k = len(q.kernels)
		q.kernels, q.number[kernel] = append(q.kernels, kernel), k
	}
	q.add(doLaunch, uint64(k), uint64(g.x), uint64(g.y), uint64(g.z), uint64(threads), uint64(len(args)))
	q.add(args...)
}

// begin marks the start of a call.
func (q *queue) begin(b *Backend) {
	if q.slab == nil {
		q.slab = &q.slabs[0]
	}
	if len(q.words) > mostWords || q.slab.bytes() > mostTables {
		b.flush()
	}
	s := q.slab
	q.start = mark{words: len(q.words), faults: len(s.faults), out: s.out, counts: s.counts}
	for i := range s.segments {
		if n := s.segments[i].used; n > 0 {
			q.start.segment, q.start.used = i, n
		}
	}
}

// undo takes the present call back.
func (q *queue) undo() {
	s, m := q.slab, q.start
	q.words, s.faults, s.out, s.counts = q.words[:m.words], s.faults[:m.faults], m.out, m.counts
	for i := m.segment; i < len(s.segments); i++ {
		s.segments[i].used = m.used
		m.used = 0
	}
	if m.faults == 0 {
		s.faultsAt = 0
	}
	clear(s.known) // some of these tables are gone
}

// flush hands what waits to the device, and goes on with memory that is not in use.
func (b *Backend) flush() {
	q := &b.queue
	s := q.slab
	if s == nil || len(q.words) == 0 && len(s.fetched) == 0 {
		return
	}
	q.turn++
	s.busy, s.turn = true, q.turn
	if b.err == nil {
		b.check(b.dev.submit(s, q.words, q.kernels))
	}
	q.words = q.words[:0]
	slices.SortFunc(b.kept, func(x, y *packed) int { return cmp.Compare(x.mem, y.mem) }) // so that an equal batch takes the same ones
	for i := range q.slabs {
		if t := &q.slabs[i]; !t.busy {
			q.slab = t
			return
		}
	}
	oldest := &q.slabs[0]
	for i := range q.slabs {
		if t := &q.slabs[i]; t.turn < oldest.turn {
			oldest = t
		}
	}
	b.take(oldest)
	q.slab = oldest
}

// take waits for the commands of s and takes in what they brought: nothing from a device that failed, on which they may not have run.
func (b *Backend) take(s *slab) {
	if !s.busy {
		return
	}
	if b.err == nil {
		b.check(b.dev.finish(s))
	}
	for _, f := range s.faults {
		if x := *(*uint64)(unsafe.Pointer(&s.pinned[8*f.at])); x != noFault && b.err == nil {
			f.tap.Report(fault(x, f.width))
		}
	}
	for _, f := range s.fetched {
		if f.done = true; b.err == nil {
			f.data = append(f.data[:0], s.pinned[f.at:f.at+f.n]...)
		}
	}
	s.reset()
}

// finish waits for all commands so far.
func (b *Backend) finish() {
	b.flush()
	b.through(b.queue.turn)
}

// through waits for all lists up to that of a turn.
func (b *Backend) through(turn int) {
	for i := range b.queue.slabs {
		if s := &b.queue.slabs[i]; s.turn <= turn {
			b.take(s)
		}
	}
}

// Mark is a point to wait for; see [engine.Async].
func (b *Backend) Mark() func() error {
	b.begin()
	defer b.end()
	b.flush()
	turn := b.queue.turn
	return func() error {
		b.begin()
		defer b.end()
		b.through(turn)
		return b.err
	}
}

// fetch has device memory copied to the host behind the commands that wait, if there is room for it; the list has to end there.
func (b *Backend) fetch(from address, bytes int) *fetched {
	s, err := b.results()
	if err != nil || s.out+bytes > len(s.pinned) {
		return nil
	}
	f := &fetched{slab: s, from: from, at: s.out, n: bytes}
	s.fetched, s.out = append(s.fetched, f), s.out+(bytes+15)/16*16
	return f
}

// wait returns the bytes, or what the device failed by.
func (f *fetched) wait(b *Backend) ([]byte, error) {
	if !f.done {
		if f.slab == b.queue.slab {
			b.flush()
		}
		b.take(f.slab)
	}
	return f.data, b.err
}

// noMemory is the panic of a call that finds none: it leaves nothing in the queue, and as much memory as can be had.
func (b *Backend) noMemory(bytes int, err error) {
	b.queue.undo()
	b.unmake()
	b.spare()
	panic(&engine.MemoryError{Bytes: bytes, Err: err})
}
