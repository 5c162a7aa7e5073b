package roberta

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta/bpe"
)

// Model is a masked language model with, perhaps, a tuned part.
type Model struct {
	Config    Config
	Tokenizer *bpe.Tokenizer
	be        engine.Backend
	params    []Param

	word, pos, typ *engine.Value // [V, H], [positions, H], [types, H]
	embNorm        norm
	layers         []layer
	head           head
	prompt         *engine.Value // [P-1, H], nil without a prompt
	promptRows     int           // P, 0 without a prompt
}

type norm struct{ gamma, beta *engine.Value }

type dense struct{ w, b *engine.Value }

type layer struct {
	q, kv, out dense
	norm1      norm
	up, down   dense
	norm2      norm
	adapter    *adapter
}

// adapter is Pfeiffer's bottleneck (Pfeiffer et al. 2021).
type adapter struct{ down, up dense }

type head struct {
	dense   dense
	norm    norm
	decoder dense // weight may be the word embeddings
}

// Backend is the device that holds the model.
func (m *Model) Backend() engine.Backend { return m.be }

// Layers is L.
func (m *Model) Layers() int { return len(m.layers) }

// Width is F of layer l; pruned layers are narrower than the configuration says.
func (m *Model) Width(l int) int { return m.layers[l].up.w.T.Rows }

// Widths is Width of every layer.
func (m *Model) Widths() []int {
	w := make([]int, len(m.layers))
	for l := range w {
		w[l] = m.Width(l)
	}
	return w
}

// PromptRows is P, the rows that stand before a sentence: the mask's and the prompt's. 0 without a prompt.
func (m *Model) PromptRows() int { return m.promptRows }

// MaxTokens is the length to which a sentence, <s> and </s> included, is truncated: what the position embeddings leave beside the prompt.
func (m *Model) MaxTokens() int {
	return m.Config.MaxPositionEmbeddings - m.Config.PadTokenID - 1 - m.promptRows
}

// Parameters counts the backbone's weights; a tied decoder counts once.
func (m *Model) Parameters() int {
	n := 0
	for _, p := range m.params {
		n += p.Tensor().Len()
	}
	return n
}

// build declares every backbone tensor. widths gives F of each layer, nil the configuration's.
func build(be engine.Backend, c Config, widths []int) (*Model, error) {
	m := &Model{Config: c, be: be}
	if widths != nil && len(widths) != c.NumHiddenLayers {
		return nil, fmt.Errorf("structure has %d layers, the configuration %d", len(widths), c.NumHiddenLayers)
	}
	d := declarer{m: m}
	h := c.HiddenSize
	const e = "roberta.embeddings."
	m.word = d.value([]int{c.VocabSize, h}, e+"word_embeddings.weight")
	m.pos = d.value([]int{c.MaxPositionEmbeddings, h}, e+"position_embeddings.weight")
	m.typ = d.value([]int{c.TypeVocabSize, h}, e+"token_type_embeddings.weight")
	m.embNorm = d.norm(e+"LayerNorm", h)
	m.layers = make([]layer, c.NumHiddenLayers)
	for l := range m.layers {
		f := c.IntermediateSize
		if widths != nil {
			f = widths[l]
		}
		p := fmt.Sprintf("roberta.encoder.layer.%d.", l)
		y := &m.layers[l]
		y.q = d.dense(h, h, p+"attention.self.query")
		y.kv = d.dense(h, h, p+"attention.self.key", p+"attention.self.value")
		y.out = d.dense(h, h, p+"attention.output.dense")
		y.norm1 = d.norm(p+"attention.output.LayerNorm", h)
		y.up = d.dense(f, h, p+"intermediate.dense")
		y.down = d.dense(h, f, p+"output.dense")
		y.norm2 = d.norm(p+"output.LayerNorm", h)
	}
	m.head.dense = d.dense(h, h, "lm_head.dense")
	m.head.norm = d.norm("lm_head.layer_norm", h)
	m.head.decoder.w = m.word
	if !c.TieWordEmbeddings {
		m.head.decoder.w = d.value([]int{c.VocabSize, h}, "lm_head.decoder.weight")
	}
	m.head.decoder.b = d.value([]int{c.VocabSize}, "lm_head.bias")
	return m, d.err
}

type declarer struct {
	m   *Model
	err error
}

func (d *declarer) value(shape []int, names ...string) *engine.Value {
	v, err := d.m.declare(shape, names...)
	if d.err == nil {
		d.err = err
	}
	return v
}

func (d *declarer) dense(out, in int, names ...string) dense {
	w, b := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		w[i], b[i] = n+".weight", n+".bias"
	}
	return dense{d.value([]int{out, in}, w...), d.value([]int{out}, b...)}
}

func (d *declarer) norm(name string, n int) norm {
	return norm{d.value([]int{n}, name+".weight"), d.value([]int{n}, name+".bias")}
}
