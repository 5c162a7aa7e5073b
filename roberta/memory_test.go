package roberta

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// small is a backend whose memory has a limit.
type small struct {
	engine.Backend
	limit, used int
	other       error // what Alloc says instead
}

func (s *small) Alloc(t engine.DType, n int, use engine.Use) (engine.Buffer, error) {
	if s.other != nil {
		return nil, s.other
	}
	if s.limit > 0 && s.used+n > s.limit {
		return nil, fmt.Errorf("%d elements and %d more: %w", s.used, n, engine.ErrMemory)
	}
	s.used += n
	return s.Backend.Alloc(t, n, use)
}

func (s *small) Free(b engine.Buffer) {
	s.used -= b.Len()
	s.Backend.Free(b)
}

func (s *small) Edit(a engine.Tensor, e *engine.Edit, kept engine.Tensor) {
	s.Backend.(engine.Editor).Edit(a, e, kept)
}

func (s *small) Unedit(a engine.Tensor, e *engine.Edit, kept engine.Tensor) {
	s.Backend.(engine.Editor).Unedit(a, e, kept)
}

// smallModel is one whose activations soon need more than an arena's first buffer, a batch for it, and labels.
func smallModel(t *testing.T) (*small, *Model, *Batch, []int32) {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		t.Fatal(err)
	}
	cpu, err := kernels.Open("cpu", kernels.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	be := &small{Backend: cpu}
	m := randomModel(t, be, Config{
		VocabSize: tok.VocabSize(), HiddenSize: 24, NumHiddenLayers: 3, NumAttentionHeads: 3, IntermediateSize: 400, MaxPositionEmbeddings: 300, TypeVocabSize: 1,
		LayerNormEps: 1e-5, InitializerRange: 0.2, PadTokenID: 1, TieWordEmbeddings: true,
	}, []int{400, 400, 400}, 3)
	m.Tokenizer = tok
	rng := rand.New(rand.NewPCG(1, 2))
	b := m.NewBatch()
	var labels []int32
	for i := range 64 {
		sentence := []int32{0}
		for range 100 + rng.IntN(60) {
			sentence = append(sentence, int32(5+rng.IntN(9000)))
		}
		b.Add(sentence, i)
		labels = append(labels, int32(i%2))
	}
	return be, m, b, labels
}

// TestForwardWithoutMemoryHalves: where memory is short a forward under noise and with every kind of tap has the same bits, and says once what it does.
func TestForwardWithoutMemoryHalves(t *testing.T) {
	be, m, b, labels := smallModel(t)
	const f = 400
	type results struct {
		out    []float32
		acc    [][]int64
		copied []float32
	}
	run := func(s *Session, pools bool) results {
		edits := make([]*engine.Edit, 3)
		taps := make([][]*engine.Tap, 3)
		var free []engine.Buffer
		tensor := func(d engine.DType, rows, cols int) engine.Tensor {
			buf, err := be.Backend.Alloc(d, rows*cols, engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			free = append(free, buf)
			return engine.Whole(buf, rows, cols)
		}
		slot, label, sentence, copied := make([]int32, b.Rows()), make([]int32, b.Rows()), make([]int32, b.Rows()), tensor(engine.F32, b.Len(), f)
		for i := range b.Len() {
			for r := b.Off[i]; r < b.Off[i+1]; r++ {
				slot[r], label[r], sentence[r] = r%5-1, labels[i], int32(i)
			}
		}
		for l := range edits {
			edits[l] = &engine.Edit{Kind: engine.EditGaussian, Neurons: []int32{3, 70}, Vector: make([]float32, f), Layer: l, Example: sentence}
			for i := range edits[l].Vector {
				edits[l].Vector[i] = 0.5
			}
			count := &engine.Tap{Kind: engine.TapCount, Slot: slot, Slots: 4, Label: label, Acc: tensor(engine.I64, 4, f), Threshold: tensor(engine.F32, 4, f)}
			be.Zero(count.Threshold)
			taps[l] = []*engine.Tap{{Kind: engine.TapSum, Slot: slot, Slots: 4, Acc: tensor(engine.I64, 4, f)}, count}
			if pools {
				taps[l] = append(taps[l], &engine.Tap{Kind: engine.TapSum, Pool: engine.PoolMean, Slot: sentence, Slots: b.Len(), Acc: tensor(engine.I64, 1, f)},
					&engine.Tap{Kind: engine.TapCopy, Pool: engine.PoolMax, Slot: sentence, Slots: b.Len(), Out: copied})
			}
		}
		out, err := s.Forward(nil, b, Run{Read: b.At, IDs: []int32{7, 300}, Edits: edits, Taps: taps})
		if err != nil {
			t.Fatal(err)
		}
		r := results{out: out, copied: make([]float32, copied.Len())}
		be.Download(r.copied, copied)
		for _, layer := range taps {
			for _, tap := range layer {
				if tap.Acc.Ok() {
					x := make([]int64, tap.Acc.Len())
					be.DownloadInts(x, tap.Acc)
					r.acc = append(r.acc, x)
				}
			}
		}
		for _, buf := range free {
			be.Backend.Free(buf)
		}
		return r
	}
	s := m.NewSession()
	before := be.used
	wantPlain, wantPooled := run(s, false), run(s, true)
	need := be.used - before
	s.Close()
	if need < 3<<20 {
		t.Fatalf("a forward takes %d elements; the test wants more", need)
	}
	for _, share := range []float64{0.6, 0.4, 0.25} {
		be.limit = before + int(share*float64(need))
		s := m.NewSession()
		var said []string
		s.Short = func(what string) { said = append(said, what) }
		for what, c := range map[string]struct {
			pools bool
			want  results
		}{"taps by row": {false, wantPlain}, "pooled taps": {true, wantPooled}} {
			got := run(s, c.pools)
			if !bitsEqual(got.out, c.want.out) || !bitsEqual(got.copied, c.want.copied) || !slices.EqualFunc(got.acc, c.want.acc, slices.Equal[[]int64]) {
				t.Errorf("with %.1f of the memory, %s: other bits", share, what)
			}
		}
		if be.used != before {
			t.Errorf("with %.1f of the memory the session keeps %d elements that another may need", share, be.used-before)
		}
		if len(said) == 0 || len(said) > 3 || !strings.Contains(said[0], "64 sentences") || strings.Contains(said[0], "\n") {
			t.Errorf("with %.1f of the memory it said %q", share, said)
		}
		s.Close()
		if be.used != before {
			t.Errorf("%d elements are out after Close", be.used-before)
		}
	}
	be.limit = before + 1<<16
	if _, err := m.NewSession().Forward(nil, b, Run{}); !errors.Is(err, engine.ErrMemory) || !strings.Contains(err.Error(), "does not hold one sentence") {
		t.Errorf("without any memory: %v", err)
	}
	be.limit, be.other = 0, errors.New("the device is gone")
	if _, err := m.NewSession().Forward(nil, b, Run{}); !errors.Is(err, be.other) || strings.Contains(err.Error(), "one sentence") {
		t.Errorf("an error that is not about memory: %v", err)
	}
}

// TestForwardEachWithoutMemory: runs under several edits give the same bits, whether they still share a beginning or not.
func TestForwardEachWithoutMemory(t *testing.T) {
	be, m, b, _ := smallModel(t)
	run := Run{Read: b.At, IDs: []int32{7, 300}}
	edits := [][]*engine.Edit{nil, make([]*engine.Edit, 3), make([]*engine.Edit, 3)}
	edits[1][1] = &engine.Edit{Kind: engine.EditZero, Neurons: []int32{1, 2, 70}, Layer: 1}
	edits[2][2] = &engine.Edit{Kind: engine.EditZero, Neurons: []int32{3}, Layer: 2}
	s := m.NewSession()
	before := be.used
	if editor, l := s.fork(&run, edits); editor == nil || l != 1 {
		t.Fatalf("the runs part in layer %d, want 1", l)
	}
	want, err := s.ForwardEach(nil, b, run, edits)
	if err != nil {
		t.Fatal(err)
	}
	need := be.used - before
	s.Close()
	for _, share := range []float64{0.9, 0.4, 0.25} {
		be.limit = before + int(share*float64(need))
		s, said := m.NewSession(), 0
		s.Short = func(string) { said++ }
		for range 2 {
			got, err := s.ForwardEach(nil, b, run, edits)
			if err != nil || !bitsEqual(got, want) || be.used != before {
				t.Errorf("with %.2f of the memory: other bits, or %d elements that the session keeps (%v)", share, be.used-before, err)
			}
		}
		if said != 1 {
			t.Errorf("with %.2f of the memory %d lines were said, want one", share, said)
		}
		s.Close()
	}
	be.limit = before + 1<<16
	if _, err := m.NewSession().ForwardEach(nil, b, run, edits); !errors.Is(err, engine.ErrMemory) || !strings.Contains(err.Error(), "one sentence") {
		t.Errorf("without any memory: %v", err)
	}
}

// TestStepWithoutMemoryAddsUp: a training step in parts, with dropout, has the loss and gradients of one over the whole batch but for rounding, and the same
// bits each time.
func TestStepWithoutMemoryAddsUp(t *testing.T) {
	be, m, b, labels := smallModel(t)
	params, err := m.Tune(Bias, 0, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	values := Values(params)
	for _, v := range values {
		buf, err := be.Backend.Alloc(engine.F32, v.T.Len(), engine.Activations)
		if err != nil {
			t.Fatal(err)
		}
		v.G = engine.Whole(buf, v.T.Rows, v.T.Cols)
	}
	zero := func() {
		for _, v := range values {
			be.Zero(v.G)
		}
	}
	step := func(s *Session) (loss float32, grads []float32) {
		loss, err := s.Step(zero, b, Run{IDs: []int32{7, 300}, Drop: Dropout{Hidden: 0.1, Attention: 0.1, Seed: 3, Step: 4}}, labels)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			g := make([]float32, v.G.Len())
			be.Download(g, v.G)
			grads = append(grads, g...)
		}
		return loss, grads
	}
	s, before := m.NewTrainingSession(), be.used
	want, wantGrads := step(s)
	need := be.used - before
	s.Close()
	var first []float32
	for _, share := range []float64{0.9, 0.55, 0.3, 0.3} {
		be.limit = before + int(share*float64(need))
		s, said := m.NewTrainingSession(), 0
		s.Short = func(string) { said++ }
		loss, grads := step(s)
		if said != 1 {
			t.Errorf("with %.2f of the memory %d lines were said, want one", share, said)
		}
		again, same := step(s)
		if again != loss || !bitsEqual(same, grads) {
			t.Errorf("with %.2f of the memory a second step has other bits", share)
		}
		if be.used != before {
			t.Errorf("with %.2f of the memory the session keeps %d elements that another may need", share, be.used-before)
		}
		if !(math.Abs(float64(loss-want)) <= 1e-6*math.Abs(float64(want))) {
			t.Errorf("with %.2f of the memory the loss is %v, want %v", share, loss, want)
		}
		for i, g := range grads {
			if !(math.Abs(float64(g-wantGrads[i])) <= 2e-6+2e-5*math.Abs(float64(wantGrads[i]))) {
				t.Fatalf("with %.2f of the memory gradient %d is %v, want %v", share, i, g, wantGrads[i])
			}
		}
		if share == 0.3 {
			if first != nil && !bitsEqual(first, grads) {
				t.Error("the same memory gave other bits")
			}
			first = grads
		}
		s.Close()
	}
	be.limit = before + 1<<16
	if _, err := m.NewTrainingSession().Step(zero, b, Run{IDs: []int32{7, 300}}, labels); !errors.Is(err, engine.ErrMemory) || !strings.Contains(err.Error(), "one sentence") {
		t.Errorf("without any memory: %v", err)
	}
}
