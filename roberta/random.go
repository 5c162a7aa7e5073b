package roberta

import (
	"math/rand/v2"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
)

// Random builds a model with the configuration's own initialisation: N(0, initializer_range) for matrices, zero for biases and
// the padding row, one for the scale of layer norms. It is the paper's random model.
func Random(be engine.Backend, c Config, rng *rand.Rand) (*Model, error) {
	m, err := build(be, c, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range m.params {
		switch {
		case strings.HasSuffix(p.Name, "bias"):
			m.upload(p, func() float32 { return 0 })
		case len(p.Shape) == 1:
			m.upload(p, func() float32 { return 1 })
		default:
			m.upload(p, func() float32 { return float32(rng.NormFloat64() * c.InitializerRange) })
			if strings.HasSuffix(p.Name, "word_embeddings.weight") {
				m.be.Zero(p.Tensor().Slice(c.PadTokenID, c.PadTokenID+1))
			}
		}
	}
	return m, nil
}
