package cpu

import (
	"slices"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// FFNUp is dst [R, F] = edit(gelu(x·W1ᵀ + b1)), with x·W1ᵀ + b1 in pre unless that is absent; then the taps read dst.
func (b *Backend) FFNUp(dst, pre, x, w1, b1 engine.Tensor, edit *engine.Edit, taps []*engine.Tap) {
	const op = "ffn_up"
	m, k, f := x.Rows, x.Cols, w1.Rows
	w1.Shape(op, f, k)
	dst.Shape(op, m, f)
	edit.Check(op, m, f)
	for _, t := range taps {
		t.Check(op, m, f)
	}
	engine.Must(!overlaps(dst, x) && !overlaps(pre, x) && !overlaps(dst, pre), op, "destinations overlap each other or the source")
	ep := simd.Epilogue{}
	if b1.Ok() {
		b1.Shape(op, 1, f)
		ep.Bias = in(op, b1)
	}
	p := product{m: m, n: f, k: k, a: reading(op, x), dst: writing(op, dst), ep: ep, act: activation{on: true, f: f, edit: edit}}
	if p.dst.half != nil {
		engine.Must(edit == nil && len(taps) == 0 && !pre.Ok(), op, "to bfloat16 there is no edit, no tap and no pre")
	}
	a := p.dst.x
	if pre.Ok() {
		pre.Shape(op, m, f)
		p.act.to, p.dst = a, operand{x: out(op, pre), ld: f}
	}
	b.timesWeights(op, w1, p)
	b.runTaps(op, taps, a, m, f)
}

// activation is GELU and edit behind a product [R, F].
type activation struct {
	on   bool
	to   []float32 // nil: in place
	f    int
	edit *engine.Edit
}

// apply is the activation of a tile of u; its result is in a.to or in u.
func (a *activation) apply(k *simd.Set, t tile, u []float32, s *scratch) {
	if !a.on {
		return
	}
	to := a.to
	if to == nil {
		to = u
	}
	for r := t.r0; r < t.r1; r++ {
		k.GELU(to[r*a.f+t.c0:r*a.f+t.c1], u[r*a.f+t.c0:r*a.f+t.c1])
	}
	if a.edit != nil {
		applyEdit(a.edit, to, t, a.f, s)
	}
}

// applyEdit edits a tile of the activations [R, f].
func applyEdit(e *engine.Edit, a []float32, t tile, f int, s *scratch) {
	neurons := e.Neurons[search(e.Neurons, t.c0):search(e.Neurons, t.c1)]
	var noise []float32
	for r := t.r0; r < t.r1; r++ {
		row := a[r*f : (r+1)*f]
		switch e.Kind {
		case engine.EditZero:
			for _, n := range neurons {
				row[n] = 0
			}
		case engine.EditMean:
			for _, n := range neurons {
				row[n] = e.Vector[n]
			}
		default:
			// rows of one example are neighbours: its noise is drawn once
			if x := e.Example[r]; r == t.r0 || x != e.Example[r-1] {
				noise = s.get(slotRow, len(neurons))
				for i, n := range neurons {
					noise[i] = e.Apply(0, n, x)
				}
			}
			for i, n := range neurons {
				row[n] += noise[i]
			}
		}
	}
}

// search is the place of the first neuron that is not below n.
func search(neurons []int32, n int) int {
	i, _ := slices.BinarySearch(neurons, int32(n))
	return i
}

// FFNActGrad is du += da·gelu'(pre), and nothing where the edit overwrites the activation.
func (b *Backend) FFNActGrad(du, da, pre engine.Tensor, edit *engine.Edit) {
	const op = "ffn_act_grad"
	rows, f := pre.Rows, pre.Cols
	apart(op, du, da, pre)
	edit.Check(op, rows, f)
	j := b.job()
	j.y, j.x, j.to, j.cols = in(op, da), in(op, pre), out(op, du), f
	if edit != nil && edit.Overwrites() {
		j.rows = edit.Neurons
	}
	j.split(rows, 1, 8*f, func(j *job, lo, hi int, s *scratch) {
		f, cut := j.cols, j.rows
		if len(cut) == 0 {
			j.b.geluGrad(j.to[lo*f:hi*f], j.x[lo*f:hi*f], j.y[lo*f:hi*f], s)
			return
		}
		kept := s.get(slotRow, len(cut))
		for r := lo; r < hi; r++ {
			row := j.to[r*f : (r+1)*f]
			for i, n := range cut {
				kept[i] = row[n]
			}
			j.b.geluGrad(row, j.x[r*f:(r+1)*f], j.y[r*f:(r+1)*f], s)
			for i, n := range cut {
				row[n] = kept[i]
			}
		}
	})
}
