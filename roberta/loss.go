package roberta

import "github.com/skillneuron/skillneuron/engine"

// PendingLoss is a loss that may be on its way.
type PendingLoss struct {
	value float32
	wait  func() (float32, error)
}

// Wait returns the loss.
func (p PendingLoss) Wait() (float32, error) {
	if p.wait != nil {
		return p.wait()
	}
	return p.value, nil
}

// Loss runs b as a classifier that reads run.IDs, joined to classes by run.Join, at the rows b.At, adds the gradient of the mean cross-entropy to every trained
// parameter, and returns the loss. labels stand by sentence; run.Drop is the dropout. After an error the gradients hold no one knows what.
func (s *Session) Loss(b *Batch, run Run, labels []int32) (float32, error) {
	p, err := s.share(b, run, labels, 1)
	if err != nil {
		return 0, err
	}
	return p.Wait()
}

// Step is Loss on gradients that zero sets to zero. Where the device's memory is too small for b, it begins again with parts, whose gradients, each weighted by
// its sentences, add up in the order of b: what one pass over b gives but for the rounding of these sums, and the same bits for the same parts.
func (s *Session) Step(zero func(), b *Batch, run Run, labels []int32) (float32, error) {
	p, err := s.BeginStep(zero, b, run, labels)
	if err != nil {
		return 0, err
	}
	return p.Wait()
}

// BeginStep is Step in two parts, of which [PendingLoss.Wait] is the second: a device that computes while its caller goes on ([engine.Async]) has the update and the next step
// to go on with, if they are begun before the loss is waited for.
func (s *Session) BeginStep(zero func(), b *Batch, run Run, labels []int32) (PendingLoss, error) {
	for {
		zero()
		loss, failed, err := s.inParts(b, run, labels)
		if err == nil {
			s.spare()
			return loss, nil
		}
		if err := s.halve(failed, err); err != nil {
			return PendingLoss{}, err
		}
	}
}

// inParts is Loss in as many parts as the device's memory needs, and the part that failed.
func (s *Session) inParts(b *Batch, run Run, labels []int32) (PendingLoss, *Batch, error) {
	if s.holds == 0 || b.Rows() <= s.holds {
		loss, err := s.share(b, run, labels, 1)
		return loss, b, err
	}
	p := &s.piece
	p.next = 0
	var sum float64
	run.Read = nil
	for first, last := 0, 0; first < b.Len(); first = last {
		last = p.take(b, &run, first, s.holds)
		share := float32(last-first) / float32(b.Len())
		part, err := s.share(&p.batch, run, labels[first:last], share)
		if err != nil {
			return PendingLoss{}, &p.batch, err
		}
		loss, err := part.Wait()
		if err != nil {
			return PendingLoss{}, &p.batch, err
		}
		sum += float64(share) * float64(loss)
	}
	return PendingLoss{value: float32(sum)}, nil, nil
}

// share adds share times the gradient of b's loss, which it returns.
func (s *Session) share(b *Batch, run Run, labels []int32, share float32) (loss PendingLoss, err error) {
	defer engine.Catch(&err)
	s.tape.Reset()
	s.run = Run{Read: b.At, IDs: run.IDs, Join: run.Join, Drop: run.Drop}
	logits := s.forward(b)
	v := s.tape.Apply(engine.CrossEntropy, engine.Attr{Labels: labels}, logits)
	s.tape.BackwardTimes(v, share)
	if device, ok := s.be.(engine.Async); ok {
		loss.wait = lossOf(device.Fetch(v.T))
		return loss, nil
	}
	s.be.Download(s.loss[:], v.T)
	loss.value = s.loss[0]
	return loss, s.be.Sync()
}

func lossOf(fetch func(dst []float32) error) func() (float32, error) {
	return func() (float32, error) {
		var x [1]float32
		err := fetch(x[:])
		return x[0], err
	}
}
