package cpu

import (
	"sort"

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
	xs, a := in(op, x), out(op, dst)
	u := a
	if pre.Ok() {
		pre.Shape(op, m, f)
		u = out(op, pre)
	}
	activate := func(t tile, s *scratch) {
		for r := t.r0; r < t.r1; r++ {
			b.k.GELU(a[r*f+t.c0:r*f+t.c1], u[r*f+t.c0:r*f+t.c1])
		}
		if edit != nil {
			applyEdit(edit, a, t, f, s)
		}
	}
	if b.quantises(w1) {
		b.int8Product(op, xs, w1, matrix{u, f}, ep, activate)
	} else {
		s := b.pool.scratch()
		b.product(m, f, k, matrix{xs, k}, b.weights(op, w1, true, s), matrix{u, f}, ep, activate)
		b.pool.putBack(s)
	}
	b.runTaps(op, taps, a, m, f)
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
	return sort.Search(len(neurons), func(i int) bool { return int(neurons[i]) >= n })
}

// FFNActGrad is du += da·gelu'(pre), and nothing where the edit overwrites the activation.
func (b *Backend) FFNActGrad(du, da, pre engine.Tensor, edit *engine.Edit) {
	const op = "ffn_act_grad"
	rows, f := pre.Rows, pre.Cols
	apart(op, du, da, pre)
	edit.Check(op, rows, f)
	ds, us, to := in(op, da), in(op, pre), out(op, du)
	var cut []int32
	if edit != nil && edit.Overwrites() {
		cut = edit.Neurons
	}
	b.pool.split(rows, 1, 8*f, func(lo, hi int, s *scratch) {
		if len(cut) == 0 {
			b.geluGrad(to[lo*f:hi*f], us[lo*f:hi*f], ds[lo*f:hi*f], s)
			return
		}
		kept := s.get(slotRow, len(cut))
		for r := lo; r < hi; r++ {
			row := to[r*f : (r+1)*f]
			for i, n := range cut {
				kept[i] = row[n]
			}
			b.geluGrad(row, us[r*f:(r+1)*f], ds[r*f:(r+1)*f], s)
			for i, n := range cut {
				row[n] = kept[i]
			}
		}
	})
}
