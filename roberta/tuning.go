package roberta

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
)

// Method is what is trained; the names are the original's --model_type, and one of ours for a prompt of words.
type Method string

const (
	Prompt      Method = "RobertaPrompt"      // soft prompt, frozen backbone (Lester et al. 2021)
	Bias        Method = "RobertaBias"        // BitFit: every bias (Ben Zaken et al. 2022)
	Adapter     Method = "RobertaAdapter"     // Pfeiffer adapters (Pfeiffer et al. 2021)
	PrunePrompt Method = "RobertaPrunePrompt" // soft prompt of a pruned backbone
	Written     Method = "RobertaTemplate"    // hand-written prompt, nothing trains
)

// Methods lists every method.
var Methods = []Method{Prompt, Bias, Adapter, PrunePrompt, Written}

// ParseMethod reads a method's name.
func ParseMethod(name string) (Method, error) {
	for _, m := range Methods {
		if string(m) == name {
			return m, nil
		}
	}
	return "", fmt.Errorf("model type %q is unknown: RobertaPrompt, RobertaBias, RobertaAdapter, RobertaPrunePrompt and RobertaTemplate are known", name)
}

// HasPrompt reports whether the method reads behind a mask row and a prompt.
func (t Method) HasPrompt() bool { return t == Prompt || t == PrunePrompt }

// Tune gives the model the parts that a method trains, freshly initialised from rng, and returns the names' parameters. size is the prompt
// size P: the mask row and P-1 trained vectors, N(0, 1)/30. Size 0 with a prompt method trains every weight and reads at <s>.
func (m *Model) Tune(method Method, size int, rng *rand.Rand) ([]Param, error) {
	switch {
	case method.HasPrompt() && size == 0:
		return m.params, nil
	case method.HasPrompt():
		if err := m.addPrompt(size); err != nil {
			return nil, err
		}
		p, _ := m.Param(promptName)
		m.upload(p, func() float32 { return float32(rng.NormFloat64()) / 30 })
	case method == Adapter:
		if err := m.addAdapters(); err != nil {
			return nil, err
		}
		for _, p := range m.params {
			if !strings.HasPrefix(p.Name, adapterPrefix) {
				continue
			}
			if strings.HasSuffix(p.Name, ".weight") {
				m.upload(p, func() float32 { return float32(rng.NormFloat64() * 0.02) })
			} else {
				m.upload(p, func() float32 { return 0 })
			}
		}
	}
	return m.Tuned(method, size), nil
}

const (
	promptName    = "prompt"
	adapterPrefix = "adapter.layer."
)

// Tuned are the parameters that a method trains, in the model's order.
func (m *Model) Tuned(method Method, size int) []Param {
	if method.HasPrompt() && size == 0 {
		return m.params
	}
	var out []Param
	for _, p := range m.params {
		switch {
		case method.HasPrompt() && p.Name == promptName,
			method == Adapter && strings.HasPrefix(p.Name, adapterPrefix),
			method == Bias && strings.HasSuffix(p.Name, ".bias"):
			out = append(out, p)
		}
	}
	return out
}

// Values are the values behind params, each once.
func Values(params []Param) []*engine.Value {
	var out []*engine.Value
	seen := map[*engine.Value]bool{}
	for _, p := range params {
		if !seen[p.Value] {
			seen[p.Value] = true
			out = append(out, p.Value)
		}
	}
	return out
}

func (m *Model) upload(p Param, next func() float32) {
	x := make([]float32, p.Tensor().Len())
	for i := range x {
		x[i] = next()
	}
	m.be.Upload(p.Tensor(), x)
}

func (m *Model) addPrompt(size int) error {
	free := m.Config.MaxPositionEmbeddings - m.Config.PadTokenID - 1
	if size < 2 || size > free-2 {
		return fmt.Errorf("prompt size %d: it counts the mask row and at least one vector, so it is 0 or 2 to %d", size, free-2)
	}
	v, err := m.declare([]int{size - 1, m.Config.HiddenSize}, promptName)
	m.prompt, m.promptRows = v, size
	return err
}

func (m *Model) addAdapters() error {
	d := declarer{m: m}
	h := m.Config.HiddenSize
	k := max(1, h/16)
	for l := range m.layers {
		p := fmt.Sprintf("%s%d.", adapterPrefix, l)
		m.layers[l].adapter = &adapter{down: d.dense(k, h, p+"down"), up: d.dense(h, k, p+"up")}
	}
	return d.err
}
