package roberta

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

// Structure is the shape of a model whose feed-forward blocks differ in width.
type Structure struct {
	Config Config `json:"config"`
	Widths []int  `json:"widths"` // F of each layer
}

// Parameters counts the weights of a model with this structure.
func (s Structure) Parameters() int {
	n := s.Config.Parameters()
	for _, w := range s.Widths {
		n -= (s.Config.IntermediateSize - w) * (2*s.Config.HiddenSize + 1)
	}
	return n
}

// Pruned returns a copy of m in which layer l keeps the neurons keep[l] (ascending) and freezes the others at baseline[l]. Layers whose keep is nil stay
// whole. The prompt comes along; adapters cannot be pruned (as in the original). doubleCount reproduces the original's sum, see [engine.PruneFFN].
func (m *Model) Pruned(keep [][]int32, baseline [][]float32, doubleCount bool) (p *Model, err error) {
	defer engine.Catch(&err)
	if len(keep) != len(m.layers) || len(baseline) != len(m.layers) {
		return nil, fmt.Errorf("pruning names %d layers and %d baselines, the model has %d layers", len(keep), len(baseline), len(m.layers))
	}
	widths := m.Widths()
	for l, k := range keep {
		if k != nil {
			widths[l] = len(k)
		}
		if m.layers[l].adapter != nil {
			return nil, fmt.Errorf("layer %d has an adapter: only %s models can be pruned", l, Prompt)
		}
	}
	p, err = build(m.be, m.Config, widths)
	if err != nil {
		return nil, err
	}
	p.Tokenizer = m.Tokenizer
	if m.prompt != nil {
		if err := p.addPrompt(m.promptRows); err != nil {
			return nil, err
		}
	}
	pruned := map[*engine.Value]bool{}
	arena := engine.NewArena(m.be)
	defer arena.Free()
	for l, k := range keep {
		if k == nil {
			continue
		}
		from, to := &m.layers[l], &p.layers[l]
		engine.PruneFFN(m.be, arena, to.up.w.T, to.up.b.T, to.down.w.T, to.down.b.T,
			from.up.w.T, from.up.b.T, from.down.w.T, from.down.b.T, k, baseline[l], doubleCount)
		for _, v := range []*engine.Value{to.up.w, to.up.b, to.down.w, to.down.b} {
			pruned[v] = true
		}
	}
	for i, q := range p.params {
		if !pruned[q.Value] {
			m.be.Copy(q.Tensor(), m.params[i].Tensor())
		}
	}
	return p, m.be.Sync()
}
