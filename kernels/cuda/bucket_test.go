// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

func TestBucket(t *testing.T) {
	for n := range 1 << 13 {
		b := bucket(n)
		if b < n || b-n > n/16 || bucket(b) != b || bucket(4*n) != 4*b || n > 0 && b < bucket(n-1) {
			t.Fatalf("bucket(%d) is %d, bucket(%d) %d, bucket(%d) %d", n, b, 4*n, bucket(4*n), n-1, bucket(n-1))
		}
	}
}

// listed is a device that keeps the lists of commands that it is given.
type listed struct {
	device
	lists *[][]uint64
}

func (l listed) submit(s *slab, words []uint64, kernels []string) error {
	*l.lists = append(*l.lists, slices.Clone(words))
	return l.device.submit(s, words, kernels)
}

// TestBucketsRunAlike: batches of equally many sentences whose rows fall into one bucket are the same commands word for word, whichever slab their tables wait in,
// with taps and edits, in inference and in training steps with dropout and Adam. Those of another bucket are others.
func TestBucketsRunAlike(t *testing.T) {
	tiny := golden.Read(t).Models["tiny"]
	for name, open := range testDevices(t) {
		for _, tensor := range []string{"", "_bf16"} {
			var lists [][]uint64
			be := &Backend{dev: listed{open(), &lists}, tensor: tensor}
			m, err := roberta.Load(be, &roberta.Source{Name: "tiny", FS: golden.Tiny()}, 0)
			if err != nil {
				t.Fatal(err)
			}
			params, err := m.Tune(roberta.Prompt, tiny.PromptSize, rand.New(rand.NewPCG(1, 2)))
			if err != nil {
				t.Fatal(err)
			}
			sentences := func(lengths ...int) *roberta.Batch {
				b := m.NewBatch()
				for i, n := range lengths {
					ids := []int32{0}
					for j := range n {
						ids = append(ids, int32(5+(7*i+3*j)%40))
					}
					b.Add(append(ids, 2), i)
				}
				return b
			}
			lengths := []int{20, 3, 7, 12, 31}
			for bucket(sentences(lengths...).Rows()+2) != sentences(lengths...).Rows()+2 {
				lengths[4]++
			}
			n := lengths[4]
			batches := []*roberta.Batch{sentences(lengths...), sentences(n+1, 12, 3, 20, 7), sentences(lengths...), sentences(7, 22, 3, 12, n), sentences(8, 22, 3, 12, n)}
			forward := m.NewSession()
			defer forward.Close()
			acc, err := be.Alloc(engine.I64, 2*m.Width(0), engine.Activations)
			if err != nil {
				t.Fatal(err)
			}
			read := func(b *roberta.Batch) error {
				taps, edits := make([][]*engine.Tap, m.Layers()), make([]*engine.Edit, m.Layers())
				for _, pool := range []engine.Pool{engine.PoolNone, engine.PoolMax} {
					tap := &engine.Tap{Kind: engine.TapSum, Pool: pool, Slot: make([]int32, b.Rows()), Slots: 1, Acc: engine.Whole(acc, 2, m.Width(0)).Slice(0, 1)}
					if pool != engine.PoolNone {
						tap.Slots = b.Len()
						for i := range b.Len() {
							for r := b.Off[i]; r < b.Off[i+1]; r++ {
								tap.Slot[r] = int32(i)
							}
						}
					} else {
						for _, r := range b.At { // fewer than all
							tap.Slot[r] = -1
						}
					}
					taps[0] = append(taps[0], tap)
				}
				edits[0] = &engine.Edit{Kind: engine.EditZero, Neurons: []int32{1, 3}}
				_, err := forward.Forward(nil, b, roberta.Run{Read: b.At, IDs: tiny.VerbalizerIDs, Taps: taps, Edits: edits})
				return err
			}
			alike(t, name+tensor, &lists, batches, read)
			if tensor != "" {
				continue
			}
			adam, err := autograd.NewAdam(be, autograd.DefaultHyper, roberta.Values(params))
			if err != nil {
				t.Fatal(err)
			}
			train := m.NewTrainingSession()
			defer train.Close()
			step := 0
			alike(t, name+" training", &lists, batches, func(b *roberta.Batch) error {
				adam.ZeroGrad()
				step++
				drop := roberta.Dropout{Hidden: 0.1, Attention: 0.1, Seed: 7, Step: uint64(step)}
				if _, err := train.Loss(b, roberta.Run{IDs: tiny.VerbalizerIDs, Drop: drop}, make([]int32, b.Len())); err != nil {
					return err
				}
				_, err := adam.Update(1 / float64(step))
				return err
			})
		}
	}
}

// alike runs batches, the last of another bucket, and compares their lists once two have brought all memory that they need.
func alike(t *testing.T, name string, lists *[][]uint64, batches []*roberta.Batch, run func(b *roberta.Batch) error) {
	t.Helper()
	of := func(b *roberta.Batch) [][]uint64 {
		*lists = nil
		if err := run(b); err != nil {
			t.Fatal(err)
		}
		return *lists
	}
	of(batches[1])
	of(batches[1])
	want := of(batches[0])
	last := len(batches) - 1
	for i, b := range batches[1:] {
		got := of(b)
		same := slices.EqualFunc(got, want, slices.Equal)
		if other := i+1 == last; same == other {
			t.Errorf("%s: batches of %d and %d rows, %d and %d with room: the same commands: %v", name, batches[0].Rows(), b.Rows(), bucket(batches[0].Rows()), bucket(b.Rows()), same)
		}
	}
}

// eventful is a device that notes what is begun and what is waited for.
type eventful struct {
	device
	events *[]string
}

func (e eventful) submit(s *slab, words []uint64, kernels []string) error {
	*e.events = append(*e.events, "submit")
	return e.device.submit(s, words, kernels)
}

func (e eventful) finish(s *slab) error {
	*e.events = append(*e.events, "finish")
	return e.device.finish(s)
}

// TestRunsAreQueuedBeforeResults: runs under several edits are all on the device before the first one's results are waited for, and have the bits of runs one by one.
func TestRunsAreQueuedBeforeResults(t *testing.T) {
	tiny := golden.Read(t).Models["tiny"]
	for name, open := range testDevices(t) {
		var events []string
		be := &Backend{dev: eventful{open(), &events}}
		m, err := roberta.Load(be, &roberta.Source{Name: "tiny", FS: golden.Tiny()}, 0)
		if err != nil {
			t.Fatal(err)
		}
		b := m.NewBatch()
		for i := range 3 {
			b.Add(tiny.IDs[i], i)
		}
		edits := make([][]*engine.Edit, 3)
		for i := range edits {
			edits[i] = make([]*engine.Edit, m.Layers())
			edits[i][1] = &engine.Edit{Kind: engine.EditZero, Neurons: []int32{int32(i), 5}, Layer: 1}
		}
		s := m.NewSession()
		defer s.Close()
		run := roberta.Run{Read: b.At, IDs: tiny.VerbalizerIDs}
		var want []float32
		for _, e := range edits {
			run.Edits = e
			one, err := s.Forward(nil, b, run)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, one...)
		}
		run.Edits = nil
		for range 2 { // the second time all memory is there
			events = nil
			got, err := s.ForwardEach(nil, b, run, edits)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s: other bits than one by one (%v)", name, err)
			}
		}
		if first := slices.Index(events, "finish"); first != len(edits) {
			t.Errorf("%s: of %d runs %d are on the device before the first is waited for: %v", name, len(edits), first, events)
		}
	}
}
