package roberta

import (
	"fmt"
	"slices"

	"github.com/skillneuron/skillneuron/engine"
)

// Param is one tensor of the model under its Hugging Face name: a view of a value, which may hold several (keys and values are one).
type Param struct {
	Name  string
	Shape []int // as in files: vectors have one extent
	Value *engine.Value
	off   int // first element within Value
}

// Tensor is the parameter's view of its value.
func (p Param) Tensor() engine.Tensor { return p.view(p.Value.T) }

// Grad is the parameter's view of its value's gradient, absent where there is none.
func (p Param) Grad() engine.Tensor {
	if !p.Value.G.Ok() {
		return engine.Tensor{}
	}
	return p.view(p.Value.G)
}

func (p Param) view(t engine.Tensor) engine.Tensor {
	rows, cols := extent(p.Shape)
	return engine.Tensor{Buf: t.Buf, Off: t.Off + p.off, Rows: rows, Cols: cols}
}

// Floats downloads the parameter.
func (p Param) Floats(be engine.Backend) []float32 {
	t := p.Tensor()
	x := make([]float32, t.Len())
	be.Download(x, t)
	return x
}

func extent(shape []int) (rows, cols int) {
	if len(shape) == 1 {
		return 1, shape[0]
	}
	return shape[0], shape[1]
}

// declare allocates a value and names the parameters that it holds, one behind the other.
func (m *Model) declare(shape []int, names ...string) (*engine.Value, error) {
	rows, cols := extent(shape)
	n := len(names)
	b, err := m.be.Alloc(engine.F32, max(1, n*rows*cols), engine.Weights)
	if err != nil {
		return nil, fmt.Errorf("memory for %s: %w", names[0], err)
	}
	v := &engine.Value{}
	if len(shape) == 1 {
		v.T = engine.Whole(b, 1, n*cols)
	} else {
		v.T = engine.Whole(b, n*rows, cols)
	}
	for i, name := range names {
		m.params = append(m.params, Param{Name: name, Shape: slices.Clone(shape), Value: v, off: i * rows * cols})
	}
	return v, nil
}

// Params are the model's tensors, backbone first, in a fixed order.
func (m *Model) Params() []Param { return m.params }

// Param finds a tensor by name.
func (m *Model) Param(name string) (Param, bool) {
	for _, p := range m.params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}
