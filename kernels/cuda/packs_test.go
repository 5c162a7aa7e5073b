// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// bench is a backend and what tests put on it.
type bench struct {
	t  *testing.T
	be *Backend
	r  *rand.Rand
}

func (x bench) put(use engine.Use, rows, cols int) engine.Tensor {
	b, err := x.be.Alloc(engine.F32, rows*cols+16, use)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { x.be.Free(b) })
	y := engine.Tensor{Buf: b, Off: 16, Rows: rows, Cols: cols}
	x.be.Upload(y, x.numbers(rows*cols))
	return y
}

func (x bench) numbers(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(x.r.NormFloat64())
	}
	return v
}

func (x bench) read(y engine.Tensor) []float32 {
	v := make([]float32, y.Len())
	x.be.Download(v, y)
	return v
}

// times is y·wᵀ.
func (x bench) times(y, w engine.Tensor) []float32 {
	z := x.put(engine.Activations, y.Rows, w.Rows)
	x.be.Linear(z, y, w, engine.Tensor{}, engine.Tensor{})
	return x.read(z)
}

// anew is times for y in a buffer that nothing is known of.
func (x bench) anew(y, w engine.Tensor) []float32 {
	z := x.put(engine.Activations, y.Rows, y.Cols)
	x.be.Upload(z, x.read(y))
	return x.times(z, w)
}

func (x bench) same(what string, got, want []float32) {
	x.t.Helper()
	for i := range want {
		if got[i] != want[i] {
			x.t.Fatalf("%s: element %d of a product with it is %v, packed anew %v", what, i, got[i], want[i])
		}
	}
}

func onTensorCores(t *testing.T, test func(x bench)) {
	for name, open := range testDevices(t) {
		for _, set := range tensorSets(open()) {
			t.Run(fmt.Sprintf("%s/%v", name, set), func(t *testing.T) {
				test(bench{t, set.on(open()), rand.New(rand.NewPCG(3, 4))})
			})
		}
	}
}

// TestPackedBeside: what kernels pack beside their result, products read as if it were packed from it.
func TestPackedBeside(t *testing.T) {
	none := engine.Tensor{}
	onTensorCores(t, func(x bench) {
		for _, s := range []struct{ rows, cols, heads int }{{3, 64, 2}, {130, 64, 4}, {5, 192, 3}, {2, 96, 32}, {3, 40, 1}, {4, 61, 1}} {
			what := fmt.Sprintf("[%d, %d]", s.rows, s.cols)
			w := x.put(engine.Weights, 7, s.cols)
			y, from, gamma := x.put(engine.Activations, s.rows, s.cols), x.put(engine.Activations, s.rows, s.cols), x.put(engine.Weights, 1, s.cols)
			x.be.LayerNorm(y, from, gamma, gamma, 1e-5)
			x.same("layer norm "+what, x.times(y, w), x.anew(y, w))
			x.be.LayerNorm(y, y, gamma, gamma, 1e-5)
			x.same("layer norm in place "+what, x.times(y, w), x.anew(y, w))

			off := []int32{0, int32(s.rows / 3), int32(s.rows)}
			x.be.Attention(y, from, x.put(engine.Activations, s.rows, 2*s.cols), engine.Ragged{QOff: off, KVOff: off, Heads: s.heads})
			x.same("attention "+what, x.times(y, w), x.anew(y, w))

			x.be.FFNUp(y, none, from, x.put(engine.Weights, s.cols, s.cols), none, nil, nil)
			x.same("feed-forward layer "+what, x.times(y, w), x.anew(y, w))
			if s.rows > packRows {
				x.same("rows of it from a tile's first on", x.times(y.Slice(packRows, s.rows), w), x.anew(y.Slice(packRows, s.rows), w))
				x.same("other rows of it", x.times(y.Slice(1, s.rows), w), x.anew(y.Slice(1, s.rows), w))
			}
		}
	})
}

// TestPackedForgotten: a product sees what was written to its left operand since it was packed, by whichever method, whole or in part.
func TestPackedForgotten(t *testing.T) {
	none := engine.Tensor{}
	onTensorCores(t, func(x bench) {
		const rows, cols = 5, 64
		y, other, w := x.put(engine.Activations, rows, cols), x.put(engine.Activations, rows, cols), x.put(engine.Weights, 9, cols)
		square := x.put(engine.Weights, cols, cols)
		off := []int32{0, rows}
		for what, write := range map[string]func(){
			"upload of a row": func() { x.be.Upload(y.Slice(2, 3), x.numbers(cols)) },
			"copy":            func() { x.be.Copy(y, other) },
			"fill":            func() { x.be.Fill(y.Slice(4, 5), 3) },
			"zero":            func() { x.be.Zero(y.Slice(0, 1)) },
			"add":             func() { x.be.Add(y, y, other) },
			"gather":          func() { x.be.Gather(y, other, []int32{4, 3, 2, 1, 0}) },
			"linear":          func() { x.be.Linear(y, other, square, none, none) },
			"residual":        func() { x.be.Linear(y, other, square, none, y) },
			"layer norm":      func() { x.be.LayerNorm(y, other, w.Slice(0, 1), w.Slice(1, 2), 1e-5) },
			"ffn_up":          func() { x.be.FFNUp(y, none, other, square, none, nil, nil) },
			"ffn_up pre":      func() { x.be.FFNUp(x.put(engine.Activations, rows, cols), y, other, square, none, nil, nil) },
			"attention": func() {
				x.be.Attention(y, other, x.put(engine.Activations, rows, 2*cols), engine.Ragged{QOff: off, KVOff: off, Heads: 2})
			},
			"copying tap": func() {
				tap := &engine.Tap{Kind: engine.TapCopy, Slot: []int32{0, 1, 2, 3, 4}, Slots: rows, Out: y}
				x.be.FFNUp(x.put(engine.Activations, rows, cols), none, other, square, none, nil, []*engine.Tap{tap})
			},
			"others in between": func() {
				for range 2 * keptPacks {
					x.times(x.put(engine.Activations, rows, cols), w)
				}
			},
		} {
			x.be.Upload(y, x.numbers(rows*cols))
			x.times(y, w)
			before := x.read(y)
			write()
			changed := false
			for i, v := range x.read(y) {
				changed = changed || v != before[i]
			}
			if changed == (what == "others in between") {
				t.Errorf("%s: the matrix changed: %v", what, changed)
			}
			x.same(what, x.times(y, w), x.anew(y, w))
		}
	})
}

// TestPacksAreFreed: a buffer takes its packed forms with it, and a backend keeps few of activations.
func TestPacksAreFreed(t *testing.T) {
	onTensorCores(t, func(x bench) {
		for range 3 * keptPacks {
			w, y := x.put(engine.Weights, 3, 70), x.put(engine.Activations, 2, 70)
			x.times(y, w)
			if n := len(w.Buf.(*buffer).packs.list); n != 1 {
				t.Fatalf("weights have %d packed forms, want 1", n)
			}
			x.be.Free(w.Buf)
			x.be.Free(y.Buf)
			if n, m := len(w.Buf.(*buffer).packs.list), len(y.Buf.(*buffer).packs.list); n+m != 0 {
				t.Fatalf("freed buffers have %d and %d packed forms", n, m)
			}
		}
		if len(x.be.kept) > keptPacks {
			t.Errorf("the backend keeps %d packed activations", len(x.be.kept))
		}
	})
}
