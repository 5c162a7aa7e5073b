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
// Tensors that Run.Hidden received are valid until the next call.
func (s *Session) Forward(dst []float32, b *Batch, run Run) (out []float32, err error) {
	defer engine.Catch(&err)
	out = s.whole(dst[:0], b, run)
	if err := s.be.Sync(); err != nil {
		return nil, err
	}
	return out, tapErr(run.Taps)
}

// whole appends what the batch gives, in pieces or at once.
func (s *Session) whole(dst []float32, b *Batch, run Run) []float32 {
	if n := s.pieces(b, &run); n > 1 {
		return s.inPieces(dst, b, run, n)
	}
	return s.once(dst, b, run)
}

// once appends what one forward of the whole batch gives.
func (s *Session) once(dst []float32, b *Batch, run Run) []float32 {
	s.tape.Reset()
	s.run = run
	return s.download(dst, s.forward(b))
}

// download appends v's numbers; nil where there is no v.
func (s *Session) download(dst []float32, v *engine.Value) []float32 {
	if v == nil {
		return nil
	}
	n := len(dst)
	dst = slices.Grow(dst, v.T.Len())[:n+v.T.Len()]
	s.be.Download(dst[n:], v.T)
	return dst
}

// Loss runs b as a classifier that reads run.IDs, joined to classes by run.Join, at the rows b.At, adds the gradient of the mean cross-entropy to every trained
// parameter, and returns the loss. labels stand by sentence; run.Drop is the dropout.
func (s *Session) Loss(b *Batch, run Run, labels []int32) (loss float32, err error) {
	defer engine.Catch(&err)
	s.tape.Reset()
	s.run = Run{Read: b.At, IDs: run.IDs, Join: run.Join, Drop: run.Drop}
	logits := s.forward(b)
	v := s.tape.Apply(engine.CrossEntropy, engine.Attr{Labels: labels}, logits)
	s.tape.Backward(v)
	s.be.Download(s.loss[:], v.T)
	return s.loss[0], s.be.Sync()
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
