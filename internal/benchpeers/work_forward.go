package main

import (
	"math/rand/v2"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
	"github.com/skillneuron/skillneuron/roberta"
)

// product is Linear with a bias on random numbers; the weight is packed by the warm-up.
func (s *server) product(g gemm) (*work, error) {
	rng := rand.New(rand.NewPCG(5, 6))
	var held []engine.Buffer
	tensor := func(use engine.Use, rows, cols int) (engine.Tensor, error) {
		b, err := s.be.Alloc(engine.F32, rows*cols, use)
		if err != nil {
			return engine.Tensor{}, err
		}
		held = append(held, b)
		x := make([]float32, rows*cols)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		t := engine.Whole(b, rows, cols)
		s.be.Upload(t, x)
		return t, nil
	}
	var t [4]engine.Tensor
	for i, shape := range [][2]int{{g.M, g.K}, {g.N, g.K}, {1, g.N}, {g.M, g.N}} {
		use := engine.Activations
		if i == 1 || i == 2 {
			use = engine.Weights
		}
		var err error
		if t[i], err = tensor(use, shape[0], shape[1]); err != nil {
			return nil, err
		}
	}
	n := s.in.Plan.Repeat
	c := product(float64(g.M), float64(g.N), float64(g.K))
	c.MultiplyAdds, c.Bytes = float64(n)*c.MultiplyAdds, float64(n)*c.Bytes
	return &work{
		cost: &c,
		close: func() {
			for _, b := range held {
				s.be.Free(b)
			}
		},
		run: func() (map[string]float64, error) {
			for range n {
				s.be.Linear(t[3], t[0], t[1], t[2], engine.Tensor{})
			}
			return nil, s.be.Sync()
		},
	}, nil
}

// encoder is the last hidden states of all rows.
func (s *server) encoder() (*work, error) {
	return s.hidden(cpu.Float32, s.in.Encoder)
}

// encoderFMA is encoder in float32 by multiply-adds, on a processor whose fastest set has AMX.
func (s *server) encoderFMA() (*work, error) {
	const set = "avx512"
	be, err := kernels.Open("cpu", kernels.Options{Threads: s.threads, Kernels: set})
	if err != nil {
		return nil, missing("%v", err)
	}
	h, err := s.modelOn(be, modelKey{0, cpu.Float32 + "/" + set})
	if err != nil {
		return nil, err
	}
	return s.everyRow(h.model, s.in.Encoder), nil
}

// bf16 is encoder with products of bfloat16.
func (s *server) bf16() (*work, error) {
	if set, err := simd.Lookup(s.kernels); err != nil || !set.HasAMX() {
		return nil, missing("this processor, or the chosen kernel set, has no AMX")
	}
	return s.hidden(cpu.BF16, s.in.Encoder)
}

// sentence is the hidden states of one short sentence.
func (s *server) sentence() (*work, error) {
	return s.hidden(cpu.Float32, [][]int32{s.in.Sentence})
}

func (s *server) hidden(precision string, ids [][]int32) (*work, error) {
	h, err := s.precise(0, precision)
	if err != nil {
		return nil, err
	}
	return s.everyRow(h.model, ids), nil
}

func (s *server) everyRow(m *roberta.Model, ids [][]int32) *work {
	return s.forwards(m, s.batches(m, ids), how{}, func(int, *roberta.Batch) roberta.Run { return roberta.Run{} })
}

// score is the verbalizer's logits of every sentence behind a prompt.
func (s *server) score() (*work, error) {
	h, err := s.model(s.in.Plan.Prompt)
	if err != nil {
		return nil, err
	}
	return s.scores(h.model), nil
}

func (s *server) scores(m *roberta.Model) *work {
	batches := s.batches(m, s.in.Score.IDs)
	return s.forwards(m, batches, how{rowsRead: first, ids: len(s.in.Verbalizer)}, func(_ int, b *roberta.Batch) roberta.Run {
		return roberta.Run{Read: b.At, IDs: s.in.Verbalizer}
	})
}

// pruned is score with the top three quarters of the layers cut to the plan's share of their neurons.
func (s *server) pruned() (*work, error) {
	h, err := s.model(s.in.Plan.Prompt)
	if err != nil {
		return nil, err
	}
	l := h.model.Layers()
	keep, baseline := make([][]int32, l), make([][]float32, l)
	for i := l / 4; i < l; i++ {
		f := h.model.Width(i)
		n := int(s.in.Plan.Keep * float64(f))
		keep[i] = make([]int32, n)
		for k := range keep[i] {
			keep[i][k] = int32(k * f / n)
		}
		baseline[i] = make([]float32, f)
	}
	m, err := h.model.Pruned(keep, baseline, false)
	if err != nil {
		return nil, err
	}
	return s.scores(m), nil
}

// int8 is score with 8-bit products.
func (s *server) int8() (*work, error) {
	h, err := s.precise(s.in.Plan.Prompt, cpu.Int8)
	if err != nil {
		return nil, err
	}
	return s.scores(h.model), nil
}

// precise is the random model in a precision, on a backend of its own where that is not float32.
func (s *server) precise(prompt int, precision string) (*held, error) {
	if precision == cpu.Float32 {
		return s.model(prompt)
	}
	be, err := kernels.Open("cpu", kernels.Options{Threads: s.threads, Kernels: s.kernels, Precision: precision})
	if err != nil {
		return nil, err
	}
	return s.modelOn(be, modelKey{prompt, precision})
}
