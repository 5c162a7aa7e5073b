package engine

// PruneFFN shrinks one feed-forward block to the neurons in keep (ascending) and merges what the others contribute when frozen at baseline
// [F] into b2 (paper, section 6.1):
//
//	W1' = W1[keep], b1' = b1[keep], W2' = W2[:, keep], b2' = b2 + Σ_{i∉keep} W2[:, i]·baseline[i]
//
// doubleCount adds the kept neurons' baseline as well, as the original code does. Destinations are [K, H], [1, K], [H, K] and [1, H].
func PruneFFN(be Backend, a *Arena, w1p, b1p, w2p, b2p, w1, b1, w2, b2 Tensor, keep []int32, baseline []float32, doubleCount bool) {
	const op = "prune_ffn"
	f, h, k := w1.Rows, w1.Cols, len(keep)
	w2.Shape(op, h, f)
	w1p.Shape(op, k, h)
	w2p.Shape(op, h, k)
	b1p.Shape(op, 1, k)
	b2p.Shape(op, 1, h)
	Must(len(baseline) == f, op, "baseline of %d for %d neurons", len(baseline), f)
	(&Edit{Neurons: keep}).Check(op, 0, f)

	be.Gather(w1p, w1, keep)
	be.GatherCols(b1p, b1, keep)
	be.GatherCols(w2p, w2, keep)

	m := a.Mark()
	defer a.Release(m)
	frozen := append([]float32(nil), baseline...)
	if !doubleCount {
		for _, i := range keep {
			frozen[i] = 0
		}
	}
	x := a.New(1, f)
	be.Upload(x, frozen)
	be.Linear(b2p, x, w2, b2, Tensor{})
}
