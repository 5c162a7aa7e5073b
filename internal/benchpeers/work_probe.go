package main

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
)

// probePlain is what probing adds to: every row of every layer up to the last activations, twice.
func (s *server) probePlain() (*work, error) {
	h, err := s.model(s.in.Plan.Prompt)
	if err != nil {
		return nil, err
	}
	batches := s.batches(h.model, s.in.Probe.IDs)
	batches = append(batches, batches...)
	return s.forwards(h.model, batches, how{stop: true}, func(int, *roberta.Batch) roberta.Run { return roberta.Run{StopAtTaps: true} }), nil
}

// probeAll is the same with the taps of `probe all`: a pass that averages activations at each prompt row, by their mean and by their maximum over the
// sentence, and a pass that counts against thresholds.
func (s *server) probeAll() (*work, error) {
	h, err := s.model(s.in.Plan.Prompt)
	if err != nil {
		return nil, err
	}
	batches := s.batches(h.model, s.in.Probe.IDs)
	n := len(batches)
	both := append(append([]*roberta.Batch{}, batches...), batches...)
	p := &probe{s: s, m: h.model}
	sums, err := p.taps(batches, engine.TapSum)
	if err != nil {
		return nil, err
	}
	counts, err := p.taps(batches, engine.TapCount)
	if err != nil {
		return nil, err
	}
	w := s.forwards(h.model, both, how{stop: true}, func(i int, _ *roberta.Batch) roberta.Run {
		taps := sums
		if i >= n {
			taps = counts
		}
		return roberta.Run{StopAtTaps: true, Taps: taps[i%n]}
	})
	forward, free := w.run, w.close
	w.run = func() (map[string]float64, error) {
		for _, t := range p.accumulators {
			s.be.Zero(t)
		}
		return forward()
	}
	w.close = func() {
		free()
		for _, b := range p.buffers {
			s.be.Free(b)
		}
	}
	return w, nil
}

// probe makes taps.
type probe struct {
	s            *server
	m            *roberta.Model
	accumulators []engine.Tensor
	buffers      []engine.Buffer
}

// taps are the three measures' taps of one kind, by batch and layer; batches share accumulators.
func (p *probe) taps(batches []*roberta.Batch, kind engine.TapKind) ([][][]*engine.Tap, error) {
	out := make([][][]*engine.Tap, len(batches))
	for i := range out {
		out[i] = make([][]*engine.Tap, p.m.Layers())
	}
	for _, pool := range []engine.Pool{engine.PoolNone, engine.PoolMean, engine.PoolMax} {
		slots := 1
		if pool == engine.PoolNone {
			slots = p.m.PromptRows()
		}
		for l := range p.m.Layers() {
			f := p.m.Width(l)
			acc, err := p.alloc(engine.I64, slots, f)
			if err != nil {
				return nil, err
			}
			p.accumulators = append(p.accumulators, acc)
			var threshold engine.Tensor
			if kind == engine.TapCount {
				if threshold, err = p.alloc(engine.F32, slots, f); err != nil {
					return nil, err
				}
				p.s.be.Zero(threshold)
			}
			for i, b := range batches {
				t := &engine.Tap{Kind: kind, Pool: pool, Acc: acc, Threshold: threshold}
				p.place(t, b)
				out[i][l] = append(out[i][l], t)
			}
		}
	}
	return out, nil
}

// place says which rows of the batch a tap reads, as package tasks does.
func (p *probe) place(t *engine.Tap, b *roberta.Batch) {
	prompt := p.m.PromptRows()
	t.Slots = prompt
	if t.Pool != engine.PoolNone {
		t.Slots = b.Len()
	}
	for i := range b.Len() {
		label := p.s.in.Probe.Labels[b.Example[i]]
		if t.Pool != engine.PoolNone {
			t.Label = append(t.Label, label)
		}
		for k := range int(b.Off[i+1] - b.Off[i]) {
			slot := int32(-1)
			switch {
			case t.Pool == engine.PoolNone && k < prompt:
				slot = int32(k)
			case t.Pool != engine.PoolNone && k >= prompt:
				slot = int32(i)
			}
			t.Slot = append(t.Slot, slot)
			if t.Pool == engine.PoolNone {
				t.Label = append(t.Label, label)
			}
		}
	}
}

func (p *probe) alloc(d engine.DType, rows, cols int) (engine.Tensor, error) {
	b, err := p.s.be.Alloc(d, rows*cols, engine.Activations)
	if err != nil {
		return engine.Tensor{}, err
	}
	p.buffers = append(p.buffers, b)
	return engine.Whole(b, rows, cols), nil
}
