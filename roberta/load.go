package roberta

import (
	"fmt"
	"math/rand/v2"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// Load reads a backbone: configuration, tokenizer and weights. seed initialises the weights of a random source and is otherwise not read.
func Load(be engine.Backend, src *Source, seed uint64) (m *Model, err error) {
	c, err := ReadConfig(src.FS)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	tok, err := bpe.Load(src.FS)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	if tok.VocabSize() > c.VocabSize {
		return nil, fmt.Errorf("%s: the tokenizer has %d tokens, config.json's vocab_size is %d", src.Name, tok.VocabSize(), c.VocabSize)
	}
	if src.Random {
		m, err = Random(be, c, rand.New(rand.NewPCG(seed, 0x726f6265727461)))
	} else {
		m, err = loadWeights(be, c, src)
	}
	if err != nil {
		return nil, err
	}
	m.Tokenizer = tok
	return m, be.Sync()
}

func loadWeights(be engine.Backend, c Config, src *Source) (*Model, error) {
	f, err := safetensors.OpenModelFS(src.FS)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	defer f.Close()
	m, err := build(be, c, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range m.params {
		name := p.Name
		if _, ok := f.Info(name); !ok && name == "lm_head.bias" {
			name = "lm_head.decoder.bias" // the same tensor under its other name
		}
		if err := m.read(p, f, name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// reader is a safetensors file or a sharded model.
type reader interface {
	Float32s(name string, shape ...int) ([]float32, error)
}

func (m *Model) read(p Param, f reader, name string) error {
	x, err := f.Float32s(name, p.Shape...)
	if err != nil {
		return err
	}
	m.be.Upload(p.Tensor(), x)
	return nil
}
