package roberta

import (
	"slices"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
)

// Session holds the memory that forwards of one goroutine use again and again. Any number of sessions may run on one model at once.
type Session struct {
	m      *Model
	be     engine.Backend
	tape   *autograd.Tape
	run    Run // the present one
	frames frame
	demand demand
	piece  piece
	loss   [1]float32
	later  []later // results on their way
	// Short, unless nil, is told in one line where the device's memory holds no more than a part of a batch at once.
	Short   func(string)
	holds   int    // rows that it has turned out to hold, 0: all so far
	short   string // what Short is told as soon as it is known how many these are
	through int    // layers whose taps have read the present batch
}

// NewSession returns a session for inference.
func (m *Model) NewSession() *Session { return m.session(m.be, false) }

// NewSingleSession returns a session for inference that takes one thread, where the backend is [engine.Shared].
func (m *Model) NewSingleSession() *Session {
	if shared, ok := m.be.(engine.Shared); ok {
		return m.session(shared.Single(), false)
	}
	return m.NewSession()
}

// NewTrainingSession returns a session whose forwards can be followed by Backward.
func (m *Model) NewTrainingSession() *Session { return m.session(m.be, true) }

func (m *Model) session(be engine.Backend, record bool) *Session {
	return &Session{m: m, be: be, tape: autograd.New(be, engine.NewArena(be), record)}
}

// Close gives the session's memory back.
func (s *Session) Close() { s.tape.Arena().Free() }

// Arena is the session's memory.
func (s *Session) Arena() *engine.Arena { return s.tape.Arena() }

// Forward runs b and returns logits or hidden states, one row for each row read; nil with StopAtTaps. dst is used where it is large enough.
// Tensors that Run.Hidden received are valid until the next call. Where the device's memory is too small for b, which then runs in halves, every result has
// the same bits; only a run with Hidden returns the error.
func (s *Session) Forward(dst []float32, b *Batch, run Run) ([]float32, error) {
	s.drop() // of a call that panicked
	out, err := s.whole(dst[:0], b, run)
	p, err := s.begun(out, err, run)
	if err != nil {
		return nil, err
	}
	return p.Wait()
}

// whole appends what the batch gives, in pieces or at once.
func (s *Session) whole(dst []float32, b *Batch, run Run) ([]float32, error) {
	if most := s.rowsAtOnce(b, &run); most < b.Rows() && b.Len() > 1 {
		return s.inPieces(dst, b, run, most, &s.piece)
	}
	return s.part(dst, b, run)
}

// once appends what one forward of the whole batch gives.
func (s *Session) once(dst []float32, b *Batch, run Run) []float32 {
	s.tape.Reset()
	s.run = run
	return s.download(dst, s.forward(b))
}

// download appends v's numbers; nil where there is no v. Those of a device that computes while its caller goes on are there once they have been waited for.
func (s *Session) download(dst []float32, v *engine.Value) []float32 {
	if v == nil {
		return nil
	}
	n := len(dst)
	dst = slices.Grow(dst, v.T.Len())[:n+v.T.Len()]
	if device, ok := s.be.(engine.Async); ok {
		s.later = append(s.later, later{n, len(dst), device.Fetch(v.T)})
	} else {
		s.be.Download(dst[n:], v.T)
	}
	return dst
}

// later is a part of the results that is on its way.
type later struct {
	from, to int
	wait     func(dst []float32) error
}

// drop forgets results on their way.
func (s *Session) drop() {
	clear(s.later)
	s.later = s.later[:0]
}

func tapErr(taps [][]*engine.Tap) error {
	for _, layer := range taps {
		for _, t := range layer {
			if err := t.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}
