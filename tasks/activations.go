package tasks

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// position writes one neuron's activations at every prompt row: pos_dev/L,I.npy and pos_test/L,I.npy, [samples, P].
func (p *prober) position(ctx context.Context) error {
	rows := p.promptRows()
	for _, s := range []dataset.Split{p.data.Dev, p.data.Test} {
		x, err := p.neuron(ctx, s, p.cfg.Layer, p.cfg.Pos)
		if err != nil {
			return err
		}
		dir := "pos_" + s.Name
		if err := makeDir(filepath.Join(p.dir, dir)); err != nil {
			return err
		}
		name := filepath.Join(dir, fmt.Sprintf("%d,%d", p.cfg.Layer, p.cfg.Pos))
		if err := npy.Write(p.path(name), []int{s.Len(), rows}, x); err != nil {
			return err
		}
	}
	return nil
}

// neuron reads neuron (l, i) at every prompt row of every example, [samples, P].
func (p *prober) neuron(ctx context.Context, s dataset.Split, l, i int) ([]float32, error) {
	rows := p.promptRows()
	out := make([]float32, s.Len()*rows)
	var free buffers
	defer free.all(p.be)
	return out, p.eachSplit(ctx, s, func(int) (work, error) {
		buf, err := free.alloc(p.be, p.most(s)*rows)
		if err != nil {
			return work{}, err
		}
		tap := &engine.Tap{Kind: engine.TapCopy, Neuron: i}
		taps := make([][]*engine.Tap, p.model.Layers())
		taps[l] = []*engine.Tap{tap}
		edit := p.edit.own()
		prepare := func(b *fed) (roberta.Run, [][]*engine.Edit) {
			tap.Slot, tap.Slots = slots(tap.Slot, b.Batch, b.Prompt), b.Len()*rows
			tap.Out = engine.Whole(buf, tap.Slots, 1)
			return roberta.Run{Read: b.Prompt, StopAtTaps: true, Layers: l + 1, Taps: taps}, edit(b)
		}
		var x []float32
		return work{prepare: prepare, reads: true, use: func(b *fed, _ []float32) error {
			x = slices.Grow(x[:0], tap.Out.Len())[:tap.Out.Len()]
			p.be.Download(x, tap.Out)
			for k, e := range b.examples {
				copy(out[e*rows:], x[k*rows:(k+1)*rows])
			}
			return nil
		}}, nil
	})
}

// buffers are those that the lanes of a pass copy activations to.
type buffers []engine.Buffer

func (b *buffers) alloc(be engine.Backend, n int) (engine.Buffer, error) {
	buf, err := be.Alloc(engine.F32, n, engine.Activations)
	if err == nil {
		*b = append(*b, buf)
	}
	return buf, err
}

func (b *buffers) all(be engine.Backend) {
	for _, buf := range *b {
		be.Free(buf)
	}
}

// slots sends row rows[i] to slot i, and no other row anywhere.
func slots(slot []int32, b *roberta.Batch, rows []int32) []int32 {
	slot = slot[:0]
	for range b.Rows() {
		slot = append(slot, -1)
	}
	for i, r := range rows {
		slot[r] = int32(i)
	}
	return slot
}

// promptActivations writes the activation of every neuron at row 0, for the examples of every split: prompt_activation, [samples, L, F].
func (p *prober) promptActivations(ctx context.Context) error {
	layers, f := p.model.Layers(), p.model.Width(0)
	samples := 0
	for _, s := range p.data.Splits() {
		samples += s.Len()
	}
	out := make([]float32, samples*layers*f)
	rest := out
	for _, s := range p.data.Splits() {
		if s.Len() == 0 {
			continue
		}
		if err := p.activations(ctx, s, rest); err != nil {
			return err
		}
		rest = rest[s.Len()*layers*f:]
	}
	return npy.Write(p.path("prompt_activation"), []int{samples, layers, f}, out)
}

// activations writes every neuron's at row 0 of every example, [samples, L, F].
func (p *prober) activations(ctx context.Context, s dataset.Split, out []float32) error {
	layers, f := p.model.Layers(), p.model.Width(0)
	var free buffers
	defer free.all(p.be)
	return p.eachSplit(ctx, s, func(int) (work, error) {
		taps := make([][]*engine.Tap, layers)
		for l := range taps {
			buf, err := free.alloc(p.be, p.most(s)*f)
			if err != nil {
				return work{}, err
			}
			taps[l] = []*engine.Tap{{Kind: engine.TapCopy, Out: engine.Whole(buf, 1, f)}}
		}
		var slot []int32
		edit := p.edit.own()
		prepare := func(b *fed) (roberta.Run, [][]*engine.Edit) {
			slot = slots(slot, b.Batch, b.At)
			for _, t := range taps {
				t[0].Slot, t[0].Slots = slot, b.Len()
				t[0].Out = engine.Whole(t[0].Out.Buf, b.Len(), f)
			}
			return roberta.Run{Read: b.At, StopAtTaps: true, Taps: taps}, edit(b)
		}
		var x []float32
		return work{prepare: prepare, reads: true, use: func(b *fed, _ []float32) error {
			x = slices.Grow(x[:0], b.Len()*f)[:b.Len()*f]
			for l, t := range taps {
				p.be.Download(x, t[0].Out)
				for k, e := range b.examples {
					copy(out[(e*layers+l)*f:], x[k*f:(k+1)*f])
				}
			}
			return nil
		}}, nil
	})
}
