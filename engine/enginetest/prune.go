package enginetest

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testPrune: a pruned block computes what the whole block computes with the frozen neurons held at their baseline.
func (within limits) testPrune(t *testing.T, be engine.Backend) {
	r := stream(80)
	const rows, h, f = 7, 33, 61
	for _, keep := range [][]int32{nil, {0}, {f - 1}, subset(r, f, 0.3), subset(r, f, 2)} {
		for _, double := range []bool{false, true} {
			p := newPlace(t, be)
			p.use = engine.Weights
			x := p.put(normal(r, rows, h, 1))
			w1, b1, w2m, b2 := p.put(weight(r, f, h)), p.put(normal(r, 1, f, 1)), weight(r, h, f), p.put(normal(r, 1, h, 1))
			w2 := p.put(w2m)
			baseline := floats(r, f, 0.5)

			arena := engine.NewArena(be)
			arena.Poison(true)
			k := len(keep)
			w1p, b1p, w2p, b2p := p.fresh(k, h), p.fresh(1, k), p.fresh(h, k), p.fresh(1, h)
			engine.PruneFFN(be, arena, w1p, b1p, w2p, b2p, w1, b1, w2, b2, keep, baseline, double)
			if live := arena.Live(); live != 0 {
				t.Errorf("pruning left %d tensors", live)
			}
			arena.Free()

			block := func(w1, b1, w2, b2 engine.Tensor, e *engine.Edit) []float32 {
				a, y := p.fresh(rows, w1.Rows), p.fresh(rows, h)
				be.FFNUp(a, engine.Tensor{}, x, w1, b1, e, nil)
				be.Linear(y, a, w2, b2, engine.Tensor{})
				return download(be, y)
			}
			kept := map[int32]bool{}
			for _, i := range keep {
				kept[i] = true
			}
			frozen := &engine.Edit{Kind: engine.EditMean, Vector: baseline}
			for i := range int32(f) {
				if !kept[i] {
					frozen.Neurons = append(frozen.Neurons, i)
				}
			}
			want := widen(block(w1, b1, w2, b2, frozen))
			if double {
				for i := range want {
					for _, n := range keep {
						want[i] += w2m.Row(i % h)[n] * float64(baseline[n])
					}
				}
			}
			w := worst{tol: within["prune"].forward}
			w.check(t, "pruned block", block(w1p, b1p, w2p, b2p, nil), want)
			p.intact("prune")
		}
	}
}
