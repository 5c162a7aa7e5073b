package engine_test

import (
	"errors"

	"github.com/skillneuron/skillneuron/engine"
)

// memory is a backend that can do nothing but give memory, up to a limit.
type memory struct {
	engine.Backend
	limit, used int
	fills       []engine.Tensor
}

type block struct{ n int }

func (b *block) Len() int            { return b.n }
func (b *block) DType() engine.DType { return engine.F32 }

var errFull = errors.New("full")

func (m *memory) Alloc(_ engine.DType, n int, _ engine.Use) (engine.Buffer, error) {
	if m.used+n > m.limit {
		return nil, errFull
	}
	m.used += n
	return &block{n}, nil
}

func (m *memory) Free(b engine.Buffer) { m.used -= b.Len() }
func (m *memory) Fill(t engine.Tensor, x float32) {
	if x != x {
		m.fills = append(m.fills, t)
	}
}
func (m *memory) Zero(engine.Tensor) {}
