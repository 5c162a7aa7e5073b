package cpu

import "github.com/skillneuron/skillneuron/engine"

var _ engine.Editor = (*Backend)(nil)

// Edit edits activations a [R, F] in place; kept [R, N] receives what the neurons of e held.
func (b *Backend) Edit(a engine.Tensor, e *engine.Edit, kept engine.Tensor) {
	b.edit("edit", a, e, kept, func(j *job, lo, hi int, s *scratch) {
		n := len(j.edit.Neurons)
		for r := lo; r < hi; r++ {
			row, kept := j.to[r*j.cols:(r+1)*j.cols], j.x[r*n:(r+1)*n]
			for i, neuron := range j.edit.Neurons {
				kept[i] = row[neuron]
			}
		}
		applyEdit(j.edit, j.to, tile{lo, hi, 0, j.cols}, j.cols, s)
	})
}

// Unedit takes an Edit back.
func (b *Backend) Unedit(a engine.Tensor, e *engine.Edit, kept engine.Tensor) {
	b.edit("unedit", a, e, kept, func(j *job, lo, hi int, _ *scratch) {
		n := len(j.edit.Neurons)
		for r := lo; r < hi; r++ {
			row := j.to[r*j.cols : (r+1)*j.cols]
			for i, x := range j.x[r*n : (r+1)*n] {
				row[j.edit.Neurons[i]] = x
			}
		}
	})
}

func (b *Backend) edit(op string, a engine.Tensor, e *engine.Edit, kept engine.Tensor, work func(j *job, lo, hi int, s *scratch)) {
	e.Check(op, a.Rows, a.Cols)
	kept.Shape(op, a.Rows, len(e.Neurons))
	engine.Must(!overlaps(a, kept), op, "what is kept overlaps the activations")
	j := b.job()
	j.to, j.x, j.cols, j.edit = out(op, a), out(op, kept), a.Cols, e
	j.split(a.Rows, 1, 4*len(e.Neurons), work)
}
