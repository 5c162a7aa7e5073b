package tasks

import (
	"context"
	"fmt"
	"path/filepath"

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
	out := make([]float32, 0, s.Len()*rows)
	tap := &engine.Tap{Kind: engine.TapCopy, Neuron: i}
	taps := make([][]*engine.Tap, p.model.Layers())
	taps[l] = []*engine.Tap{tap}
	buf, err := p.be.Alloc(engine.F32, p.batchOf(s)*rows, engine.Activations)
	if err != nil {
		return nil, err
	}
	defer p.be.Free(buf)
	err = p.eachSplit(ctx, s, func(b *roberta.Batch, _, _ int) roberta.Run {
		tap.Slot, tap.Slots = slots(tap.Slot, b, b.Prompt), b.Len()*rows
		tap.Out = engine.Whole(buf, tap.Slots, 1)
		return roberta.Run{Read: b.Prompt, StopAtTaps: true, Layers: l + 1, Taps: taps, Edits: p.edit.edits(b)}
	}, func(_, _ int, _ []float32) error {
		x := make([]float32, tap.Out.Len())
		p.be.Download(x, tap.Out)
		out = append(out, x...)
		return nil
	})
	return out, err
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
	var out []float32
	samples, largest := 0, 1
	for _, s := range p.data.Splits() {
		largest = max(largest, p.batchOf(s))
	}
	taps := make([][]*engine.Tap, layers)
	for l := range taps {
		buf, err := p.be.Alloc(engine.F32, largest*f, engine.Activations)
		if err != nil {
			return err
		}
		defer p.be.Free(buf)
		taps[l] = []*engine.Tap{{Kind: engine.TapCopy, Out: engine.Whole(buf, 1, f)}}
	}
	for _, s := range p.data.Splits() {
		if s.Len() == 0 {
			continue
		}
		samples += s.Len()
		var slot []int32
		err := p.eachSplit(ctx, s, func(b *roberta.Batch, _, _ int) roberta.Run {
			slot = slots(slot, b, b.At)
			for _, t := range taps {
				t[0].Slot, t[0].Slots = slot, b.Len()
				t[0].Out = engine.Whole(t[0].Out.Buf, b.Len(), f)
			}
			return roberta.Run{Read: b.At, StopAtTaps: true, Taps: taps, Edits: p.edit.edits(b)}
		}, func(lo, hi int, _ []float32) error {
			n := hi - lo
			x := make([]float32, n*f)
			block := make([]float32, n*layers*f)
			for l, t := range taps {
				p.be.Download(x, t[0].Out)
				for i := range n {
					copy(block[(i*layers+l)*f:], x[i*f:(i+1)*f])
				}
			}
			out = append(out, block...)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return npy.Write(p.path("prompt_activation"), []int{samples, layers, f}, out)
}
