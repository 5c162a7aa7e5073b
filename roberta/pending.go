package roberta

import "github.com/skillneuron/skillneuron/engine"

// Pending is a batch whose results may be on their way.
type Pending struct {
	out   []float32
	later []later
	taps  [][]*engine.Tap
	mark  func() error // waits for the whole batch; nil where it is through
}

// Begin is ForwardEach in two parts, of which [Pending.Wait] is the second: a device that computes while its caller goes on ([engine.Async]) has another batch to go on with,
// if that is begun before the first one is waited for. Batches are waited for in the order in which they were begun, with a dst each; the run, its edits and its taps may be
// changed as soon as Begin returns, but what taps write is the next batch's to overwrite.
func (s *Session) Begin(dst []float32, b *Batch, run Run, edits [][]*engine.Edit) (Pending, error) {
	s.drop() // of a call that panicked
	out, err := s.each(dst[:0], b, run, edits)
	return s.begun(out, err, run)
}

// begun is what has to be waited for of a batch that gives out, in a run of it.
func (s *Session) begun(out []float32, err error, run Run) (Pending, error) {
	p := Pending{out: out, taps: run.Taps}
	if device, ok := s.be.(engine.Async); ok && err == nil {
		p.later, s.later = s.later, nil
		p.mark = device.Mark()
	} else if late := s.be.Sync(); err == nil {
		err = late
	}
	if err != nil {
		s.drop()
		return Pending{}, err
	}
	if run.StopAtTaps {
		p.out = nil
	}
	if run.Hidden == nil {
		s.spare()
	}
	return p, nil
}

// Wait returns what [Session.ForwardEach] does.
func (p *Pending) Wait() ([]float32, error) {
	for _, l := range p.later {
		if err := l.wait(p.out[l.from:l.to]); err != nil {
			return nil, err
		}
	}
	if p.mark != nil {
		if err := p.mark(); err != nil {
			return nil, err
		}
	}
	if err := tapErr(p.taps); err != nil {
		return nil, err
	}
	return p.out, nil
}
