package roberta

import (
	"errors"

	"github.com/skillneuron/skillneuron/engine"
)

// ForwardEach is Forward under each of several [Run.Edits] in turn, and returns their results one behind the other. Up to the activations that the first edit
// changes, all is the same for each of them, and is computed once.
func (s *Session) ForwardEach(dst []float32, b *Batch, run Run, edits [][]*engine.Edit) ([]float32, error) {
	p, err := s.Begin(dst, b, run, edits)
	if err != nil {
		return nil, err
	}
	return p.Wait()
}

// each appends what the runs give, which share a beginning unless the device's memory is short.
func (s *Session) each(dst []float32, b *Batch, run Run, edits [][]*engine.Edit) (out []float32, err error) {
	if editor, l := s.fork(&run, edits); editor != nil && (s.holds == 0 || b.Rows() <= s.holds) {
		out, err = s.forked(dst, b, run, edits, editor, l)
		if !errors.Is(err, engine.ErrMemory) {
			return out, err
		}
		s.drop()
		if err := s.halve(b, err); err != nil {
			return nil, err
		}
	}
	for _, e := range edits {
		run.Edits = e
		if dst, err = s.whole(dst, b, run); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// fork is the layer in which runs under the edits part, and who edits there; nil where there is nothing to share.
func (s *Session) fork(run *Run, edits [][]*engine.Edit) (engine.Editor, int) {
	editor, ok := s.be.(engine.Editor)
	if !ok || len(edits) < 2 || s.tape.Recording() || run.Hidden != nil || len(run.Taps) > 0 {
		return nil, 0
	}
	if h, ok := s.be.(engine.Halved); ok && h.Activations() != engine.F32 {
		return nil, 0 // activations that are edited are float32 there, others are not
	}
	last := len(s.m.layers) - 1
	if run.Layers > 0 {
		last = run.Layers - 1
	}
	l := last
	for _, list := range edits {
		for i, e := range list[:min(l, len(list))] {
			if e != nil {
				l = i
				break
			}
		}
	}
	if l >= last { // the last layer's rows are those read
		return nil, 0
	}
	return editor, l
}

// forked appends what the runs give that part in layer l.
func (s *Session) forked(dst []float32, b *Batch, run Run, edits [][]*engine.Edit, editor engine.Editor, l int) (out []float32, err error) {
	defer engine.Catch(&err)
	s.tape.Reset()
	s.run = run
	s.run.Edits = nil
	f, arena := s.frame(b), s.tape.Arena()
	x := f.embed()
	for i := range l {
		mark := arena.Mark()
		x = f.layer(x, i, false, f.buffer(i))
		arena.Release(mark)
	}
	h, u, off := f.upper(x, l, false)
	for _, list := range edits {
		mark := arena.Mark()
		s.run.Edits = list
		e := at(list, l)
		var kept engine.Tensor
		if e != nil {
			kept = arena.New(u.T.Rows, len(e.Neurons))
			editor.Edit(u.T, e, kept)
		}
		y := f.lower(h, u, l, false, off, f.buffer(l))
		if e != nil {
			editor.Unedit(u.T, e, kept)
		}
		dst = s.download(dst, f.from(l+1, y))
		arena.Release(mark)
	}
	return dst, nil
}
