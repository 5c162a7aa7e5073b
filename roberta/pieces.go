package roberta

import (
	"errors"
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

// piece is a part of a batch, whole sentences, whose memory serves again.
type piece struct {
	batch Batch
	read  []int32
	edits []engine.Edit
	run   Run
	next  int // of the run's Read
}

// rowsAtOnce is how many rows of b run at once: all, or as many as suit the device's caches, for a large batch of which nothing but results comes back, or as
// many as its memory has turned out to hold. Each row has the same bits either way.
func (s *Session) rowsAtOnce(b *Batch, run *Run) int {
	rows := b.Rows()
	if s.holds > 0 && run.Hidden == nil && splits(b, run.Taps) {
		rows = min(rows, s.holds)
	}
	c, ok := s.be.(engine.Cached)
	if !ok || s.tape.Recording() || run.Hidden != nil || len(run.Taps) > 0 || len(run.Edits) > 0 {
		return rows
	}
	if n := min(b.Len(), b.Rows()/c.CacheRows()); n > 1 {
		rows = min(rows, (b.Rows()+n-1)/n)
	}
	return rows
}

// splits reports whether b can run in pieces: a pooled value must not span sentences.
func splits(b *Batch, taps [][]*engine.Tap) bool {
	for _, layer := range taps {
		for _, t := range layer {
			if t.Pool == engine.PoolNone {
				continue
			}
			last := int32(-1)
			for i := range b.Len() {
				first := true
				for _, slot := range t.Slot[b.Off[i]:b.Off[i+1]] {
					if slot < 0 {
						continue
					}
					if first && slot == last {
						return false
					}
					first, last = false, slot
				}
			}
		}
	}
	return true
}

// inPieces appends what b gives in pieces of whole sentences, of at most that many rows unless one has more. p is where they are made.
func (s *Session) inPieces(dst []float32, b *Batch, run Run, most int, p *piece) ([]float32, error) {
	p.next = 0
	for first, last := 0, 0; first < b.Len(); first = last {
		if s.holds > 0 {
			most = min(most, s.holds)
		}
		last = p.take(b, &run, first, most)
		if run.Read != nil && len(p.run.Read) == 0 && len(run.Taps) == 0 {
			continue
		}
		var err error
		if dst, err = s.part(dst, &p.batch, p.run); err != nil {
			return nil, err
		}
	}
	if p.next < len(run.Read) {
		engine.Fail("run", "row %d of %d is read", run.Read[p.next], b.Rows())
	}
	return dst, nil
}

// part appends what b gives; where the device's memory does not hold it, in halves. Taps of layers that are through with the whole of b have read it.
func (s *Session) part(dst []float32, b *Batch, run Run) ([]float32, error) {
	out, err := s.attempt(dst, b, run)
	if err == nil || run.Hidden != nil || !splits(b, run.Taps) {
		return out, err
	}
	through := s.through
	if err := s.halve(b, err); err != nil {
		return nil, err
	}
	if len(run.Taps) > 0 {
		rest := make([][]*engine.Tap, len(run.Taps))
		for l := through; l < len(rest); l++ {
			rest[l] = run.Taps[l]
		}
		run.Taps = rest
	}
	return s.inPieces(dst, b, run, s.holds, new(piece))
}

func (s *Session) attempt(dst []float32, b *Batch, run Run) (out []float32, err error) {
	defer engine.Catch(&err)
	return s.once(dst, b, run), nil
}

// halve gives back the memory of a step that has failed and notes that the next ones have to do with half of the rows; or returns the error where that
// cannot help.
func (s *Session) halve(b *Batch, cause error) error {
	if !errors.Is(cause, engine.ErrMemory) {
		return cause
	}
	s.tape.Arena().Free()
	if err := s.be.Sync(); err != nil {
		return err
	}
	if b.Len() == 1 {
		s.short = ""
		return fmt.Errorf("%s does not hold one sentence of %d rows: %w; compute on the cpu, or free memory of the device", s.be.Name(), b.Rows(), cause)
	}
	s.holds = (b.Rows() + 1) / 2
	if s.short == "" {
		s.short = fmt.Sprintf("the memory of %s does not hold a batch of %d sentences (%d rows)", s.be.Name(), b.Len(), b.Rows())
	}
	return nil
}

// spare gives memory back where it is short: another session, such as that of an evaluation within training, may need it next. It follows a batch that is through,
// and says how it went: once, however often the batch had to be halved.
func (s *Session) spare() {
	if s.holds > 0 {
		s.tape.Arena().Free()
	}
	if s.short != "" && s.Short != nil {
		s.Short(fmt.Sprintf("%s: going on with at most %d rows at once", s.short, s.holds))
	}
	s.short = ""
}

// take makes p of the sentences of b from first on that have at most that many rows, at least one, and returns the first sentence behind them.
func (p *piece) take(b *Batch, run *Run, first, most int) (last int) {
	for last = first + 1; last < b.Len() && int(b.Off[last+1]-b.Off[first]) <= most; last++ {
	}
	lo, hi := b.Off[first], b.Off[last]
	off := append(p.batch.Off[:0], 0)
	for i := first; i < last; i++ {
		off = append(off, b.Off[i+1]-lo)
	}
	p.batch = Batch{IDs: b.IDs[lo:hi], Pos: b.Pos[lo:hi], Off: off, At: p.batch.At[:0], Example: b.Example[first:last], m: b.m}
	for _, at := range b.At[min(first, len(b.At)):min(last, len(b.At))] {
		p.batch.At = append(p.batch.At, at-lo)
	}
	p.run = *run
	if read := run.Read; read != nil {
		p.read = append(p.read[:0], 0)[:0] // never nil, which would read all
		for ; p.next < len(read) && read[p.next] < hi; p.next++ {
			p.read = append(p.read, read[p.next]-lo)
		}
		p.run.Read = p.read
	}
	if len(run.Edits) > 0 {
		p.narrowEdits(run.Edits, lo, hi)
	}
	if len(run.Taps) > 0 {
		p.narrowTaps(run.Taps, lo, hi)
	}
	return last
}

// narrowEdits makes the run's edits those of rows [lo, hi).
func (p *piece) narrowEdits(edits []*engine.Edit, lo, hi int32) {
	p.edits, p.run.Edits = make([]engine.Edit, len(edits)), make([]*engine.Edit, len(edits))
	for l, e := range edits {
		if e == nil {
			continue
		}
		p.edits[l] = *e
		if e.Kind == engine.EditGaussian {
			p.edits[l].Example = e.Example[lo:hi]
		}
		p.run.Edits[l] = &p.edits[l]
	}
}

// narrowTaps makes the run's taps those of rows [lo, hi); what they find is the whole taps' own.
func (p *piece) narrowTaps(taps [][]*engine.Tap, lo, hi int32) {
	p.run.Taps = make([][]*engine.Tap, len(taps))
	for l, layer := range taps {
		for _, t := range layer {
			p.run.Taps[l] = append(p.run.Taps[l], t.Narrow(lo, hi))
		}
	}
}
