package roberta

import (
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// TestPieces: a batch of many rows runs in pieces, gives what its sentences give alone, and reads only what is asked for.
func TestPieces(t *testing.T) {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		t.Fatal(err)
	}
	be, err := kernels.Open("cpu", kernels.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	m := randomModel(t, be, Config{
		VocabSize: tok.VocabSize(), HiddenSize: 24, NumHiddenLayers: 2, NumAttentionHeads: 3, IntermediateSize: 40, MaxPositionEmbeddings: 300, TypeVocabSize: 1,
		LayerNormEps: 1e-5, InitializerRange: 0.2, PadTokenID: 1, TieWordEmbeddings: true,
	}, []int{40, 30}, 3)
	m.Tokenizer = tok
	rng := rand.New(rand.NewPCG(1, 2))
	whole, alone := m.NewBatch(), m.NewBatch()
	s := m.NewSession()
	defer s.Close()
	var hidden, logits []float32
	var read []int32
	ids := []int32{7, 300, 9000}
	for i := 0; whole.Rows() < 3*be.(engine.Cached).CacheRows()+100; i++ {
		sentence := []int32{0}
		for range 1 + rng.IntN(200) {
			sentence = append(sentence, int32(5+rng.IntN(9000)))
		}
		alone.Reset()
		alone.Add(sentence, i)
		first := int32(whole.Rows())
		whole.Add(sentence, i)
		out, err := s.Forward(nil, alone, Run{})
		if err != nil {
			t.Fatal(err)
		}
		hidden = append(hidden, out...)
		if i%3 == 1 { // some sentences are not read at all
			continue
		}
		rows := []int32{0, int32(alone.Rows()) - 1}
		for _, r := range rows {
			read = append(read, first+r)
		}
		if out, err = s.Forward(nil, alone, Run{Read: rows, IDs: ids}); err != nil {
			t.Fatal(err)
		}
		logits = append(logits, out...)
	}
	if n := s.rowsAtOnce(whole, &Run{}); n > whole.Rows()/3+1 {
		t.Fatalf("of %d rows %d run at once", whole.Rows(), n)
	}
	for range 2 { // memory that serves again
		for what, c := range map[string]struct {
			run  Run
			want []float32
		}{"hidden states": {Run{}, hidden}, "logits": {Run{Read: read, IDs: ids}, logits}} {
			got, err := s.Forward(nil, whole, c.run)
			if err != nil || !bitsEqual(got, c.want) {
				t.Fatalf("%s of the whole batch are not those of its sentences (%v)", what, err)
			}
		}
	}
	each := m.NewSession()
	defer each.Close()
	got, err := each.ForwardEach(nil, whole, Run{Read: read, IDs: ids}, [][]*engine.Edit{nil})
	if err != nil || !bitsEqual(got, logits) || each.piece.batch.Rows() == 0 {
		t.Errorf("logits of the whole batch, one run of several, are not those of its sentences, or not in pieces (%v)", err)
	}
	for _, bad := range [][]int32{{1, 1}, {2000, 5}, {0, int32(whole.Rows())}} {
		func() {
			defer func() {
				if _, ok := recover().(*engine.Fault); !ok {
					t.Errorf("rows %v can be read", bad)
				}
			}()
			_, _ = s.Forward(nil, whole, Run{Read: bad, IDs: ids})
		}()
	}
	for what, run := range map[string]Run{"taps": {Taps: make([][]*engine.Tap, 2)}, "edits": {Edits: make([]*engine.Edit, 2)}, "hidden states of layers": {Hidden: new([]engine.Tensor)}} {
		if n := s.rowsAtOnce(whole, &run); n != whole.Rows() {
			t.Errorf("of a run with %s %d of %d rows run at once", what, n, whole.Rows())
		}
	}
}
