package enginetest

import (
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testEdits checks what the op table's cases do not say about edits: what they leave alone, that pre is before them, and that noise belongs to
// the example.
func testEdits(t *testing.T, be engine.Backend) {
	r := stream(70)
	rows, k, f := 20, 30, 61
	x, w, b := normal(r, rows, k, 1), weight(r, f, k), normal(r, 1, f, 1)
	run := func(e *engine.Edit, withPre bool) (a, pre []float32) {
		p := newPlace(t, be)
		dst, pt := p.fresh(rows, f), engine.Tensor{}
		if withPre {
			pt = p.fresh(rows, f)
		}
		be.FFNUp(dst, pt, p.put(x), p.put(w), p.put(b), e, nil)
		if withPre {
			pre = download(be, pt)
		}
		return download(be, dst), pre
	}
	plain, pre := run(nil, true)
	for kind := range engine.EditKind(3) {
		e := edit(kind, rows, f, 71)
		edited, pre2 := run(e, true)
		sameBits(t, "pre under an edit", pre2, pre)
		without, _ := run(e, false)
		sameBits(t, "an edit without pre", without, edited)
		isEdited := map[int]bool{}
		for _, n := range e.Neurons {
			isEdited[int(n)] = true
		}
		want := append([]float32(nil), plain...)
		for i := range want {
			n := i % f
			if !isEdited[n] {
				continue
			}
			switch kind {
			case engine.EditZero:
				want[i] = 0
			case engine.EditMean:
				want[i] = e.Vector[n]
			case engine.EditGaussian:
				noise := float32(e.Vector[n] * engine.Normal(e.Seed, e.Layer, int(e.Example[i/f]), n))
				want[i] += noise
			}
		}
		sameBits(t, "edited activations", edited, want)
		testEditGrad(t, be, e, pre, rows, f)
	}
	all := &engine.Edit{Kind: engine.EditZero}
	untouched, _ := run(all, false)
	sameBits(t, "an edit of no neurons", untouched, plain)
}

// testEditGrad: an overwritten activation passes no gradient, not even a NaN.
func testEditGrad(t *testing.T, be engine.Backend, e *engine.Edit, pre []float32, rows, f int) {
	p := newPlace(t, be)
	du, da, u := p.alloc(rows, f, 3), p.alloc(rows, f, float32(math.NaN())), p.fresh(rows, f)
	be.Upload(u, pre)
	be.FFNActGrad(du, da, u, e)
	isEdited := map[int32]bool{}
	for _, n := range e.Neurons {
		isEdited[n] = e.Overwrites()
	}
	for i, v := range download(be, du) {
		if isEdited[int32(i%f)] != (v == 3) {
			t.Fatalf("gradient of neuron %d under edit %d is %v, overwritten %v", i%f, e.Kind, v, isEdited[int32(i%f)])
		}
	}
}
