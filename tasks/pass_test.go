package tasks

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// TestPredictEach: batches that run at once, one a thread, under perturbations that share a part, give the bits of one batch after the other on one thread.
func TestPredictEach(t *testing.T) {
	var want []*Predictions
	for _, threads := range []int{1, 2, 3} {
		for _, batch := range []int{4, 7, 40} {
			c := Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: t.TempDir(), Threads: threads,
				Batch: batch, Rows: Rows{Test: 23}}
			w, err := c.open(t.Context(), needs{data: true})
			if err != nil {
				t.Fatal(err)
			}
			l, f := w.model.Layers(), w.model.Width(0)
			vector := make([]float32, f)
			for i := range vector {
				vector[i] = 0.5
			}
			perts := []*Perturbation{nil}
			for every := 2; every < 5; every++ {
				m := NewMask(l, f)
				for i := range m.Bits {
					m.Bits[i] = i%every == 0 && i/f >= every-2
				}
				perts = append(perts, &Perturbation{Kind: engine.EditGaussian, Mask: m, Vector: slices.Repeat([][]float32{vector}, l), High: l, Seed: 3})
			}
			p := w.newPass(w.data.Test)
			got, err := p.predictEach(context.Background(), perts)
			p.close()
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
				continue
			}
			for i := range perts {
				if !slices.EqualFunc(got[i].Logits, want[i].Logits, slices.Equal[[]float32]) {
					t.Errorf("%d threads, batches of %d: perturbation %d has other logits than on one thread", threads, batch, i)
				}
				if i > 0 && slices.EqualFunc(got[i].Logits, got[0].Logits, slices.Equal[[]float32]) {
					t.Errorf("perturbation %d changes nothing", i)
				}
			}
		}
	}
}

// A caller's mistake that a batch of one of several threads meets is the caller's to recover, as that of a single thread is.
func TestPredictFault(t *testing.T) {
	for _, threads := range []int{1, 2} {
		c := Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: t.TempDir(), Threads: threads, Batch: 4, Rows: Rows{Test: 23}}
		w, err := c.open(t.Context(), needs{data: true})
		if err != nil {
			t.Fatal(err)
		}
		l, f := w.model.Layers(), w.model.Width(0)
		m := NewMask(l, f)
		m.Bits[0] = true
		p := w.newPass(w.data.Test)
		func() {
			defer func() {
				if r, ok := recover().(*engine.Fault); !ok || r.CallerBug() == "" {
					t.Errorf("%d threads: %v, want a fault of the engine", threads, r)
				}
			}()
			got, err := p.predict(t.Context(), &Perturbation{Kind: engine.EditMean, Mask: m, Vector: slices.Repeat([][]float32{make([]float32, f-1)}, l), High: l})
			t.Errorf("%d threads: a vector that is too short gives %v, %v", threads, got, err)
		}()
	}
}

// An error of one of several goroutines, or a cancelled context, ends a pass, whatever the others do; the next pass is whole.
func TestPassFails(t *testing.T) {
	c := Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: t.TempDir(), Threads: 2, Batch: 2, Rows: Rows{Test: 23}}
	w, err := c.open(t.Context(), needs{data: true})
	if err != nil {
		t.Fatal(err)
	}
	p := w.newPass(w.data.Test)
	defer p.close()
	if len(p.lanes) != 2 {
		t.Fatalf("%d lanes", len(p.lanes))
	}
	ill := errors.New("ill")
	for _, failing := range []int{0, 1, -1} {
		ctx, cancel := context.WithCancel(t.Context())
		want := map[bool]error{true: ill, false: context.Canceled}[failing >= 0]
		begun := make(chan struct{})
		err := p.run(ctx, 1, func(lane int) (work, error) {
			return work{
				prepare: func(b *fed) (roberta.Run, [][]*engine.Edit) {
					return roberta.Run{Read: b.At}, make([][]*engine.Edit, 1)
				},
				use: func(*fed, []float32) error {
					switch {
					case failing < 0:
						cancel()
					case lane == failing:
						close(begun)
						return ill
					default:
						<-begun // or it might run all batches alone
					}
					return nil
				},
			}, nil
		})
		cancel()
		if !errors.Is(err, want) {
			t.Errorf("goroutine %d fails: %v, want %v", failing, err, want)
		}
		if got, err := p.predict(t.Context(), nil); err != nil || len(got.Pred) != 23 {
			t.Fatalf("the pass after it: %v", err)
		}
	}
}
