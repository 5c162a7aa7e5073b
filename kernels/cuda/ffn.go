// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "github.com/skillneuron/skillneuron/engine"

// FFNUp is dst [R, F] = edit(gelu(x·W1ᵀ + b1)), with x·W1ᵀ + b1 in pre unless that is absent; then the taps read dst.
func (b *Backend) FFNUp(dst, pre, x, w1, b1 engine.Tensor, edit *engine.Edit, taps []*engine.Tap) {
	const op = "ffn_up"
	m, k, f := x.Rows, x.Cols, w1.Rows
	w1.Shape(op, f, k)
	dst.Shape(op, m, f)
	edit.Check(op, m, f)
	floats(op, x, w1)
	if b1.Ok() {
		b1.Shape(op, 1, f)
		floats(op, b1)
	}
	for _, t := range taps {
		t.Check(op, m, f)
		checkTap(op, t)
	}
	engine.Must(!overlaps(dst, x) && !overlaps(pre, x) && !overlaps(dst, pre), op, "destinations overlap each other or the source")
	disjoint(op, dst, w1)
	disjoint(op, pre, w1)
	to, toPre := out(op, dst), outIf(op, pre, m, f)
	b.begin()
	defer b.end()
	b.faultRoom(op, len(taps))
	var kind int
	var edits [8]address
	if edit != nil && len(edit.Neurons) > 0 {
		kind = int(edit.Kind)
		edits = b.tables(raw(marks(edit.Neurons, f)), raw(edit.Vector), raw(noise(edit)))
	}
	riding := b.ride(op, taps, m, f)
	tail := func(a *args) *args {
		return a.at(b.in(op, b1), edits[0]).ints(kind).at(edits[1], edits[2], riding.table).ints(riding.n).count(b, m).ints(f)
	}
	if b.onTensorCores(w1) {
		a := pass().at(to, toPre, b.packBeside(dst)) // first, for it may take over the memory of others
		b.tensorProduct("ffn_up", m, f, tail(a.at(b.pack(op, x), b.pack(op, w1))).ints(b.packTiles(k)))
	} else {
		b.product("ffn_up", m, f, tail(pass().at(to, toPre, b.in(op, x), b.in(op, w1))).ints(k))
	}
	b.arrive(op, taps, riding, to, f)
}

// marks are f bytes, 1 for each of the neurons.
func marks(neurons []int32, f int) []byte {
	x := make([]byte, f)
	for _, n := range neurons {
		x[n] = 1
	}
	return x
}

// noise is the stream of each row's deviates.
func noise(e *engine.Edit) []uint64 {
	if e.Kind != engine.EditGaussian {
		return nil
	}
	stream := make([]uint64, len(e.Example))
	for r, x := range e.Example {
		if r > 0 && x == e.Example[r-1] {
			stream[r] = stream[r-1]
		} else {
			stream[r] = engine.NormalKey(e.Seed, e.Layer, int(x))
		}
	}
	return stream
}

// FFNActGrad is du += da·gelu'(pre), and nothing where the edit overwrites the activation.
func (b *Backend) FFNActGrad(du, da, pre engine.Tensor, edit *engine.Edit) {
	const op = "ffn_act_grad"
	rows, f := pre.Rows, pre.Cols
	apart(op, du, da, pre)
	edit.Check(op, rows, f)
	floats(op, da, pre)
	to := out(op, du)
	b.begin()
	defer b.end()
	var cut [8]address
	if edit != nil && edit.Overwrites() && len(edit.Neurons) > 0 {
		cut = b.tables(raw(marks(edit.Neurons, f)))
	}
	b.each("ffn_act_grad", du.Rows, du.Cols, pass().at(to, b.in(op, da), b.in(op, pre), cut[0]).ints(f))
}
