package roberta

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/testdata/golden"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// TestForwardEach: runs under several edits, which share what lies before the first of them, give the bits that each gives alone, wherever they part.
func TestForwardEach(t *testing.T) {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		t.Fatal(err)
	}
	const layers, width = 4, 64
	config := Config{
		VocabSize: tok.VocabSize(), HiddenSize: 24, NumHiddenLayers: layers, NumAttentionHeads: 3, IntermediateSize: width, MaxPositionEmbeddings: 80, TypeVocabSize: 1,
		LayerNormEps: 1e-5, InitializerRange: 0.2, PadTokenID: 1, TieWordEmbeddings: true,
	}
	for _, set := range golden.KernelSets() {
		for _, threads := range []int{1, 2} {
			be, err := kernels.Open("cpu", kernels.Options{Kernels: set, Threads: threads})
			if err != nil {
				continue
			}
			m := randomModel(t, be, config, []int{width, width, width, width}, 3)
			m.Tokenizer = tok
			b := m.NewBatch()
			rng := rand.New(rand.NewPCG(5, 6))
			var rows []int32
			for i := range 9 {
				ids := []int32{0}
				for range rng.IntN(12) {
					ids = append(ids, int32(5+rng.IntN(9000)))
				}
				b.Add(append(ids, 2), i)
				for len(rows) < b.Rows() {
					rows = append(rows, int32(i))
				}
			}
			vector := make([]float32, width)
			for i := range vector {
				vector[i] = rng.Float32()
			}
			edit := func(kind engine.EditKind, l int, neurons ...int32) *engine.Edit {
				e := &engine.Edit{Kind: kind, Neurons: neurons, Seed: 3, Layer: l, Vector: vector}
				if kind == engine.EditGaussian {
					e.Example = rows
				}
				return e
			}
			s, single := m.NewSession(), m.NewSingleSession()
			for first := range layers {
				edits := [][]*engine.Edit{nil, make([]*engine.Edit, layers), make([]*engine.Edit, layers), make([]*engine.Edit, layers), make([]*engine.Edit, layers)}
				for l := first; l < layers; l++ {
					edits[1][l], edits[2][l] = edit(engine.EditGaussian, l, 1, 2, 40), edit(engine.EditZero, l, 3, 63)
				}
				edits[3][layers-1] = edit(engine.EditMean, layers-1, 0, 5)
				edits[4][first] = edit(engine.EditMean, first, 0, 2, 5)
				for what, run := range map[string]Run{"words": {Read: b.At, IDs: []int32{7, 300, 9000}}, "all rows": {}, "two layers": {Layers: 2}} {
					var want []float32
					for _, e := range edits {
						run.Edits = e
						out, err := s.Forward(nil, b, run)
						if err != nil {
							t.Fatal(err)
						}
						want = append(want, out...)
					}
					for name, s := range map[string]*Session{"threads": s, "one thread": single} {
						got, err := s.ForwardEach(nil, b, run, edits)
						if err != nil {
							t.Fatal(err)
						}
						checkSame(t, fmt.Sprintf("%s, %d threads, from layer %d on, %s, %s", set, threads, first, what, name), got, want, run.Layers == 0 || first < run.Layers)
					}
				}
			}
			for _, s := range []*Session{s, single} {
				s.Close()
			}
		}
	}
}

// checkSame also wants the five runs to differ, where they reach a layer that is edited.
func checkSame(t *testing.T, what string, got, want []float32, reached bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	different := false
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: number %d is %x, alone %x", what, i, got[i], want[i])
		}
		different = different || want[i] != want[i%(len(want)/5)]
	}
	if !different && reached {
		t.Fatalf("%s: the edits change nothing", what)
	}
}
