package roberta

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

// Tensors are weights by their Hugging Face names, such as an open file of them.
type Tensors interface {
	// Float32s reads a tensor, which has to have that shape.
	Float32s(name string, shape ...int) ([]float32, error)
	Names() []string
}

// Assemble builds a prompt model whose layers may be narrower than c says from weights that another program pruned. prompt holds the size-1 rows behind
// the mask's.
func Assemble(be engine.Backend, c Config, widths []int, t Tensors, prompt []float32, size int) (m *Model, err error) {
	defer engine.Catch(&err)
	if len(widths) != c.NumHiddenLayers || len(prompt) != (size-1)*c.HiddenSize {
		return nil, fmt.Errorf("%d layers and a prompt of %d numbers, the configuration says %d and %d",
			len(widths), len(prompt), c.NumHiddenLayers, (size-1)*c.HiddenSize)
	}
	if m, err = build(be, c, widths); err != nil {
		return nil, err
	}
	for _, p := range m.params {
		name := p.Name
		if name == "lm_head.bias" {
			name = headBias(t, c.TieWordEmbeddings)
		}
		if err := m.read(p, t, name); err != nil {
			return nil, err
		}
	}
	if err := m.addPrompt(size); err != nil {
		return nil, err
	}
	p, _ := m.Param(promptName)
	be.Upload(p.Tensor(), prompt)
	return m, be.Sync()
}
