package main

import (
	"math/rand/v2"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/roberta"
)

// held is a model that pieces of work share while they are open.
type held struct {
	model *roberta.Model
	adam  *autograd.Adam
}

type modelKey struct {
	prompt    int // rows
	precision string
}

// model is the random model in float32, with a prompt of that many rows unless 0.
func (s *server) model(prompt int) (*held, error) {
	return s.modelOn(s.be, modelKey{prompt, cpu.Float32})
}

func (s *server) modelOn(be engine.Backend, key modelKey) (*held, error) {
	if h := s.models[key]; h != nil {
		return h, nil
	}
	rng := rand.New(rand.NewPCG(3, 4))
	m, err := roberta.Random(be, s.config(), rng)
	if err != nil {
		return nil, err
	}
	m.Tokenizer = s.in.tok
	h := &held{model: m}
	if key.prompt > 0 {
		params, err := m.Tune(roberta.Prompt, key.prompt, rng)
		if err != nil {
			return nil, err
		}
		if h.adam, err = autograd.NewAdam(be, autograd.DefaultHyper, roberta.Values(params)); err != nil {
			return nil, err
		}
	}
	s.models[key] = h
	return h, nil
}

// batches cuts sentences into batches of the plan's size, in their order.
func (s *server) batches(m *roberta.Model, ids [][]int32) []*roberta.Batch {
	var out []*roberta.Batch
	for i, x := range ids {
		if i%s.in.Plan.Batch == 0 {
			out = append(out, m.NewBatch())
		}
		out[len(out)-1].Add(x, i)
	}
	return out
}

// lengths are the rows of each sentence of a batch.
func lengths(b *roberta.Batch) []int {
	n := make([]int, b.Len())
	for i := range n {
		n[i] = int(b.Off[i+1] - b.Off[i])
	}
	return n
}

// forwards is work that runs every batch, each as run says.
func (s *server) forwards(m *roberta.Model, batches []*roberta.Batch, w how, run func(i int, b *roberta.Batch) roberta.Run) *work {
	session := m.NewSession()
	sum := new(cost)
	w.widths = m.Widths()
	for _, b := range batches {
		sum.add(forwardCost(m.Config, lengths(b), w))
	}
	var out []float32
	return &work{
		cost:  sum,
		close: session.Close,
		run: func() (map[string]float64, error) {
			for i, b := range batches {
				x, err := session.Forward(out, b, run(i, b))
				if err != nil {
					return nil, err
				}
				if x != nil {
					out = x
				}
			}
			return nil, nil
		},
	}
}
