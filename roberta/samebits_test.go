package roberta

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/testdata/golden"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// What one sentence yields: verbalizer logits, and activations at its own rows and at prompt row 1, by layer.
type yield struct {
	logits      []float32
	activations [][]float32
}

// DESIGN contract 4: for one kernel set, an example's results are the same bits whatever batch it rides in, on however many threads, with taps
// and demand on or off, at every width of the feed-forward layer.
func TestSameBits(t *testing.T) {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		VocabSize: tok.VocabSize(), HiddenSize: 60, NumHiddenLayers: 5, NumAttentionHeads: 3, IntermediateSize: 64, MaxPositionEmbeddings: 80, TypeVocabSize: 1,
		LayerNormEps: 1e-5, InitializerRange: 0.2, PadTokenID: 1, TieWordEmbeddings: true,
	}
	widths := []int{2, 30, 61, 384, 1536}
	const sentences, prompt = 128, 4
	rng := rand.New(rand.NewPCG(3, 4))
	ids := make([][]int32, sentences)
	for i := range ids {
		ids[i] = []int32{0}
		for range rng.IntN(12) {
			ids[i] = append(ids[i], int32(5+rng.IntN(9000)))
		}
		ids[i] = append(ids[i], 2)
	}
	for _, set := range golden.KernelSets() {
		t.Run(set, func(t *testing.T) {
			var want []yield
			for _, threads := range []int{1, 2, 4} {
				be, err := kernels.Open("cpu", kernels.Options{Kernels: set, Threads: threads})
				if err != nil {
					t.Skipf("this machine has no %s: %v", set, err)
				}
				m := randomModel(t, be, config, widths, prompt)
				m.Tokenizer = tok
				for _, batch := range []int{1, 7, 32, 128} {
					for _, mode := range []string{"demand", "demand+taps", "taps"} {
						if set == "go" && (threads == 2 || batch == 32) {
							continue // slow, and between cases that run
						}
						got := run(t, m, ids, batch, mode)
						if want == nil {
							want = run(t, m, ids, sentences, "taps")
						}
						for i := range got {
							if !bitsEqual(got[i].logits, want[i].logits) {
								t.Fatalf("threads %d, batch %d, %s: logits of sentence %d are %v, want %v", threads, batch, mode, i, got[i].logits, want[i].logits)
							}
							for l, a := range got[i].activations {
								if !bitsEqual(a, want[i].activations[l]) {
									t.Fatalf("threads %d, batch %d, %s: activations of sentence %d in layer %d (width %d) differ", threads, batch, mode, i, l, widths[l])
								}
							}
						}
					}
				}
			}
		})
	}
}

// TestSameBitsByPrecision is TestSameBits in 8 bits and in bfloat16, in which activations between ops are bfloat16 unless a tap reads them. One layer is too narrow for tiles.
func TestSameBitsByPrecision(t *testing.T) {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		VocabSize: tok.VocabSize(), HiddenSize: 60, NumHiddenLayers: 3, NumAttentionHeads: 3, IntermediateSize: 64, MaxPositionEmbeddings: 80, TypeVocabSize: 1,
		LayerNormEps: 1e-5, InitializerRange: 0.2, PadTokenID: 1, TieWordEmbeddings: true,
	}
	rng := rand.New(rand.NewPCG(5, 6))
	ids := make([][]int32, 40)
	for i := range ids {
		ids[i] = []int32{0}
		for range rng.IntN(40) {
			ids[i] = append(ids[i], int32(5+rng.IntN(9000)))
		}
		ids[i] = append(ids[i], 2)
	}
	for _, precision := range []string{kernels.Int8, kernels.BF16} {
		var want []yield
		for _, threads := range []int{1, 3} {
			be, err := kernels.Open("cpu", kernels.Options{Threads: threads, Precision: precision})
			if err != nil {
				t.Fatal(err)
			}
			if h, ok := be.(engine.Halved); precision == kernels.BF16 && (!ok || h.Activations() != engine.BF16) {
				continue // slow, and its products are tested
			}
			m := randomModel(t, be, config, []int{2, 61, 384}, 4)
			m.Tokenizer = tok
			for _, batch := range []int{len(ids), 1, 7} {
				for _, mode := range []string{"taps", "demand", "demand+taps"} {
					got := run(t, m, ids, batch, mode)
					if want == nil {
						want = got
					}
					for i := range got {
						if !bitsEqual(got[i].logits, want[i].logits) {
							t.Fatalf("%s, threads %d, batch %d, %s: logits of sentence %d are %v, want %v", precision, threads, batch, mode, i, got[i].logits, want[i].logits)
						}
						for l, a := range got[i].activations {
							if !bitsEqual(a, want[i].activations[l]) {
								t.Fatalf("%s, threads %d, batch %d, %s: activations of sentence %d in layer %d differ", precision, threads, batch, mode, i, l)
							}
						}
					}
				}
			}
		}
	}
}

func randomModel(t *testing.T, be engine.Backend, c Config, widths []int, prompt int) *Model {
	t.Helper()
	m, err := build(be, c, widths)
	if err == nil {
		err = m.addPrompt(prompt)
	}
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.params {
		m.upload(p, func() float32 { return float32(rng.NormFloat64() * c.InitializerRange) })
	}
	return m
}

// run forwards all sentences in batches. With taps, activations come along: at all rows of layers before the last, at row 0 of the last.
func run(t *testing.T, m *Model, ids [][]int32, size int, mode string) []yield {
	t.Helper()
	var out []yield
	s := m.NewSession()
	defer s.Close()
	s.Arena().Poison(true)
	for lo := 0; lo < len(ids); lo += size {
		b := m.NewBatch()
		hi := min(lo+size, len(ids))
		for i := lo; i < hi; i++ {
			b.Add(ids[i], i)
		}
		r := Run{IDs: []int32{611, 609, 17}}
		if mode != "taps" {
			r.Read = b.At
		}
		if mode != "demand" {
			r.Taps = copyTaps(t, m, b)
		}
		logits, err := s.Forward(nil, b, r)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			y := yield{}
			row := i
			if r.Read == nil {
				row = int(b.Off[i])
			}
			y.logits = slices.Clone(logits[row*3 : (row+1)*3])
			for l, taps := range r.Taps {
				x := make([]float32, taps[0].Out.Len())
				m.be.Download(x, taps[0].Out)
				f := m.Width(l)
				from, to := int(b.Off[i]), int(b.Off[i+1])
				if l == m.Layers()-1 {
					from, to = i, i+1
				}
				y.activations = append(y.activations, x[from*f:to*f])
			}
			out = append(out, y)
		}
	}
	return out
}

func copyTaps(t *testing.T, m *Model, b *Batch) [][]*engine.Tap {
	t.Helper()
	taps := make([][]*engine.Tap, m.Layers())
	for l := range taps {
		tap := &engine.Tap{Kind: engine.TapCopy, Slots: b.Rows()}
		for r := range b.Rows() {
			tap.Slot = append(tap.Slot, int32(r))
		}
		if l == m.Layers()-1 {
			tap.Slots = b.Len()
			for r := range tap.Slot {
				tap.Slot[r] = -1
			}
			for i := range b.Len() {
				tap.Slot[b.Off[i]] = int32(i)
			}
		}
		buf, err := m.be.Alloc(engine.F32, tap.Slots*m.Width(l), engine.Activations)
		if err != nil {
			t.Fatal(err)
		}
		tap.Out = engine.Whole(buf, tap.Slots, m.Width(l))
		taps[l] = []*engine.Tap{tap}
	}
	return taps
}

func bitsEqual(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// Training gives the same bits on any number of threads.
func TestTrainingSameBits(t *testing.T) {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		VocabSize: tok.VocabSize(), HiddenSize: 60, NumHiddenLayers: 2, NumAttentionHeads: 3, IntermediateSize: 61, MaxPositionEmbeddings: 80, TypeVocabSize: 1,
		LayerNormEps: 1e-5, InitializerRange: 0.2, PadTokenID: 1, TieWordEmbeddings: true,
	}
	for _, set := range golden.KernelSets() {
		t.Run(set, func(t *testing.T) {
			var want []float32
			for _, threads := range []int{1, 2, 4} {
				be, err := kernels.Open("cpu", kernels.Options{Kernels: set, Threads: threads})
				if err != nil {
					t.Skipf("this machine has no %s: %v", set, err)
				}
				m := randomModel(t, be, config, nil, 4)
				m.Tokenizer = tok
				var got []float32
				for _, p := range m.params {
					p.Value.Needs = true
					if !p.Value.G.Ok() {
						buf, err := be.Alloc(engine.F32, p.Value.T.Len(), engine.Activations)
						if err != nil {
							t.Fatal(err)
						}
						p.Value.G = engine.Whole(buf, p.Value.T.Rows, p.Value.T.Cols)
						be.Zero(p.Value.G)
					}
				}
				b := m.NewBatch()
				labels := []int32{}
				for i := range 9 {
					b.Add([]int32{0, int32(50 + i), int32(90 + 7*i), 2}, i)
					labels = append(labels, int32(i%2))
				}
				s := m.NewTrainingSession()
				loss, err := s.Loss(b, Run{IDs: []int32{611, 609}, Drop: Dropout{Hidden: 0.1, Attention: 0.2, Seed: 5, Step: 3}}, labels)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, loss)
				for _, p := range m.params {
					x := make([]float32, p.Grad().Len())
					be.Download(x, p.Grad())
					got = append(got, x...)
				}
				if want == nil {
					want = got
				}
				if !bitsEqual(got, want) {
					t.Errorf("loss or gradients on %d threads differ from those on one", threads)
				}
			}
		})
	}
}
