package enginetest

import (
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// place puts host matrices on a device, each in a buffer of its own between two guards of NaN, at offsets that are not aligned.
type place struct {
	t       *testing.T
	be      engine.Backend
	use     engine.Use
	shift   int
	tensors []engine.Tensor
}

const guard = 19

func newPlace(t *testing.T, be engine.Backend) *place {
	p := &place{t: t, be: be}
	t.Cleanup(p.free)
	return p
}

// alloc gives a tensor filled with x.
func (p *place) alloc(rows, cols int, x float32) engine.Tensor {
	off := guard - p.shift%4
	p.shift++
	b, err := p.be.Alloc(engine.F32, off+rows*cols+guard, p.use)
	if err != nil {
		p.t.Fatal(err)
	}
	p.be.Fill(engine.Whole(b, 1, b.Len()), float32(math.NaN()))
	x2 := engine.Tensor{Buf: b, Off: off, Rows: rows, Cols: cols}
	p.be.Fill(x2, x)
	p.tensors = append(p.tensors, x2)
	return x2
}

// put uploads m.
func (p *place) put(m *engine.Mat) engine.Tensor {
	x := p.alloc(m.Rows, m.Cols, 0)
	p.be.Upload(x, narrow(m.V))
	return x
}

// fresh is a destination whose content must not show.
func (p *place) fresh(rows, cols int) engine.Tensor { return p.alloc(rows, cols, float32(math.NaN())) }

// intact checks that nothing wrote outside its tensor.
func (p *place) intact(what string) {
	p.t.Helper()
	for _, x := range p.tensors {
		whole := download(p.be, engine.Whole(x.Buf, 1, x.Buf.Len()))
		for i, v := range whole {
			if (i < x.Off || i >= x.Off+x.Len()) && v == v {
				p.t.Errorf("%s: wrote %v outside a tensor %v, at %d from its start", what, v, x, i-x.Off)
				break
			}
		}
	}
}

func (p *place) free() {
	for _, x := range p.tensors {
		p.be.Free(x.Buf)
	}
	p.tensors = nil
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
