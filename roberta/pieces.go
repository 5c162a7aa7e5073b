package roberta

import "github.com/skillneuron/skillneuron/engine"

// piece is a part of a batch, whole sentences, whose memory serves again.
type piece struct {
	batch Batch
	read  []int32
}

// pieces is in how many pieces b runs: a large batch of which nothing but results comes back runs as many sentences at a time as the device likes best. Each
// row has the same bits either way.
func (s *Session) pieces(b *Batch, run *Run) int {
	c, ok := s.be.(engine.Cached)
	if !ok || s.tape.Recording() || run.Hidden != nil || len(run.Taps) > 0 || len(run.Edits) > 0 {
		return 1
	}
	return min(b.Len(), b.Rows()/c.CacheRows())
}

// inPieces appends what n pieces give.
func (s *Session) inPieces(dst []float32, b *Batch, run Run, n int) []float32 {
	most := (b.Rows() + n - 1) / n
	read, next := run.Read, 0
	for first, last := 0, 0; first < b.Len(); first = last {
		for last = first + 1; last < b.Len() && int(b.Off[last+1]-b.Off[first]) <= most; last++ {
		}
		p := &s.piece
		p.take(b, first, last)
		if read != nil {
			p.read = p.read[:0]
			for ; next < len(read) && read[next] < b.Off[last]; next++ {
				p.read = append(p.read, read[next]-b.Off[first])
			}
			if len(p.read) == 0 {
				continue
			}
			run.Read = p.read
		}
		dst = s.once(dst, &p.batch, run)
	}
	if next < len(read) {
		engine.Fail("run", "row %d of %d is read", read[next], b.Rows())
	}
	return dst
}

// take makes p sentences [first, last) of b.
func (p *piece) take(b *Batch, first, last int) {
	lo, hi := b.Off[first], b.Off[last]
	off := append(p.batch.Off[:0], 0)
	for i := first; i < last; i++ {
		off = append(off, b.Off[i+1]-lo)
	}
	p.batch = Batch{IDs: b.IDs[lo:hi], Pos: b.Pos[lo:hi], Off: off, Example: b.Example[first:last], m: b.m}
}
