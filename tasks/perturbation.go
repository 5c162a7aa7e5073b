package tasks

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
)

// Mask marks neurons: Bits[l*F+i] is neuron i of layer l.
type Mask struct {
	L, F int
	Bits []bool
}

// NewMask returns an empty mask.
func NewMask(l, f int) Mask { return Mask{l, f, make([]bool, l*f)} }

// Neurons are the marked neurons of layer l, ascending.
func (m Mask) Neurons(l int) []int32 {
	var out []int32
	for i, on := range m.Bits[l*m.F : (l+1)*m.F] {
		if on {
			out = append(out, int32(i))
		}
	}
	return out
}

// Count is the number of marked neurons.
func (m Mask) Count() int {
	n := 0
	for _, on := range m.Bits {
		if on {
			n++
		}
	}
	return n
}

// Share is the marked share of all neurons.
func (m Mask) Share() float64 { return float64(m.Count()) / float64(max(1, len(m.Bits))) }

// Perturbation is an edit of the activations on a mask, in layers [Low, High) and at all rows (paper, section 4.2).
type Perturbation struct {
	Kind      engine.EditKind
	Mask      Mask
	Vector    [][]float32 // by layer, [F]: what EditMean puts in, or the noise's deviation with EditGaussian
	Low, High int
	Seed      uint64 // EditGaussian
	neurons   [][]int32
	rows      []int32
	made      []engine.Edit // by layer
	list      []*engine.Edit
}

// fits checks that the mask belongs to a model with these layer widths.
func (m Mask) fits(widths []int, what string) error {
	if m.L != len(widths) {
		return fmt.Errorf("%s has %s, the model %d: take one that was made from this model", what, amount.Of(m.L, "layer"), len(widths))
	}
	for l, f := range widths {
		if f != m.F {
			return fmt.Errorf("%s has %s a layer, layer %d of the model has %d: take one that was made from this model", what, amount.Of(m.F, "neuron"), l, f)
		}
	}
	return nil
}

// edits are the engine's edits for one batch, valid until the next call; nil for a nil Perturbation.
func (p *Perturbation) edits(b *roberta.Batch) []*engine.Edit {
	if p == nil {
		return nil
	}
	if p.neurons == nil {
		for l := range p.Mask.L {
			p.neurons = append(p.neurons, p.Mask.Neurons(l))
		}
		p.made, p.list = make([]engine.Edit, p.Mask.L), make([]*engine.Edit, p.Mask.L)
	}
	if p.Kind == engine.EditGaussian {
		p.rows = p.rows[:0]
		for s, example := range b.Example {
			for range b.Off[s+1] - b.Off[s] {
				p.rows = append(p.rows, example)
			}
		}
	}
	clear(p.list)
	for l := max(0, p.Low); l < min(p.High, p.Mask.L); l++ {
		if len(p.neurons[l]) == 0 {
			continue
		}
		e := &p.made[l]
		*e = engine.Edit{Kind: p.Kind, Neurons: p.neurons[l], Seed: p.Seed, Layer: l}
		if p.Vector != nil {
			e.Vector = p.Vector[l]
		}
		if p.Kind == engine.EditGaussian {
			e.Example = p.rows
		}
		p.list[l] = e
	}
	return p.list
}

// own returns what makes p's edits for a lane, in memory of its own.
func (p *Perturbation) own() func(b *fed) [][]*engine.Edit {
	each := make([][]*engine.Edit, 1)
	if p != nil {
		p = p.on(p.Mask)
	}
	return func(b *fed) [][]*engine.Edit {
		each[0] = p.edits(b.Batch)
		return each
	}
}
