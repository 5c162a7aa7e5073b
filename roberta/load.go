package roberta

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
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
	f, err := openWeights(src.FS)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; copy or download it again", src.Name, err)
	}
	defer f.Close()
	m, err := build(be, c, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range m.params {
		name := p.Name
		if name == "lm_head.bias" {
			name = headBias(f, c.TieWordEmbeddings)
		}
		if err := m.read(p, f, name); err != nil {
			return nil, fmt.Errorf("%s: %w; config.json and the weights have to be of one model", src.Name, err)
		}
	}
	return m, nil
}

// weights are a backbone's tensors by name.
type weights interface {
	Tensors
	Close() error
}

// openWeights opens safetensors, else what PyTorch's own format holds.
func openWeights(fsys fs.FS) (weights, error) {
	m, err := safetensors.OpenModelFS(fsys)
	if err == nil {
		return m, nil
	}
	if errors.Is(err, fs.ErrNotExist) && (exists(fsys, torchfile.ModelFile) || exists(fsys, torchfile.IndexFile)) {
		w, err := torchfile.OpenWeightsFS(fsys)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
	return nil, err
}

// headBias is the name of the decoder's bias. Files may hold it twice; where the decoder stands alone, transformers adds the one that is named
// after it.
func headBias(f Tensors, tied bool) string {
	names := []string{"lm_head.bias", "lm_head.decoder.bias"}
	if !tied {
		names[0], names[1] = names[1], names[0]
	}
	all := f.Names()
	if !slices.Contains(all, names[0]) {
		if slices.Contains(all, names[1]) {
			return names[1]
		}
		return "lm_head.bias"
	}
	return names[0]
}

// reader is a safetensors file, a sharded model or a state dict of PyTorch.
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
