package engine_test

import (
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// faults runs each call and wants a *engine.Fault whose message contains the key's words.
func faults(t *testing.T, calls map[string]func()) {
	t.Helper()
	for words, call := range calls {
		func() {
			defer func() {
				f, ok := recover().(*engine.Fault)
				if !ok || !strings.Contains(f.Error(), words) {
					t.Errorf("recovered %v, want a *engine.Fault with %q", f, words)
				}
			}()
			call()
		}()
	}
}

func TestTensorViews(t *testing.T) {
	x := engine.Tensor{Buf: &block{100}, Off: 10, Rows: 6, Cols: 5}
	if y := x.Slice(2, 5); y.Off != 20 || y.Rows != 3 || y.Cols != 5 {
		t.Errorf("rows 2 to 5 are %v at %d", y, y.Off)
	}
	if y := x.Reshape(3, 10); y.Off != 10 || y.Rows != 3 || y.Cols != 10 || y.Len() != x.Len() {
		t.Errorf("reshaped to %v at %d", y, y.Off)
	}
	if (engine.Tensor{}).Ok() || !x.Ok() {
		t.Error("presence is wrong")
	}
	if got := x.String() + " " + (engine.Tensor{}).String(); got != "float32[6, 5] absent" {
		t.Errorf("printed %q", got)
	}
}

func TestTensorFaults(t *testing.T) {
	x := engine.Tensor{Buf: &block{100}, Rows: 6, Cols: 5}
	faults(t, map[string]func(){
		"rows [2, 7) of a tensor with 6": func() { x.Slice(2, 7) },
		"rows [3, 2)":                    func() { x.Slice(3, 2) },
		"rows [-1, 2)":                   func() { x.Slice(-1, 2) },
		"[6, 5] to [4, 8]":               func() { x.Reshape(4, 8) },
		"does not fit":                   func() { engine.Whole(&block{5}, 2, 3) },
		"negative extent":                func() { engine.Whole(&block{5}, -1, 3) },
		"engine: op: got float32[6, 5], want [5, 6]": func() { x.Shape("op", 5, 6) },
		"got absent": func() { (engine.Tensor{}).Shape("op", 0, 0) },
	})
}

func TestDTypes(t *testing.T) {
	got := []string{engine.F32.String(), engine.F16.String(), engine.BF16.String(), engine.I64.String(), engine.DType(9).String()}
	if want := "float32 float16 bfloat16 int64 DType(9)"; strings.Join(got, " ") != want {
		t.Errorf("types are %q, want %q", got, want)
	}
}

func TestRaggedCheck(t *testing.T) {
	q, kv := engine.Tensor{Buf: &block{100}, Rows: 5, Cols: 6}, engine.Tensor{Buf: &block{100}, Rows: 7, Cols: 12}
	good := engine.Ragged{QOff: []int32{0, 2, 2, 5}, KVOff: []int32{0, 3, 3, 7}, Heads: 3}
	good.Check("op", q, kv)
	with := func(change func(*engine.Ragged)) func() {
		return func() {
			r := engine.Ragged{QOff: append([]int32(nil), good.QOff...), KVOff: append([]int32(nil), good.KVOff...), Heads: 3}
			change(&r)
			r.Check("op", q, kv)
		}
	}
	faults(t, map[string]func(){
		"3 query and 4 key":      with(func(r *engine.Ragged) { r.QOff = r.QOff[:3] }),
		"0 query and 0 key":      with(func(r *engine.Ragged) { r.QOff, r.KVOff = nil, nil }),
		"query offsets end":      with(func(r *engine.Ragged) { r.QOff[3] = 4 }),
		"key offsets end":        with(func(r *engine.Ragged) { r.KVOff[0] = 1 }),
		"fall at sentence 1":     with(func(r *engine.Ragged) { r.QOff[1] = 3 }),
		"sentence 1 has queries": with(func(r *engine.Ragged) { r.QOff[1] = 1 }),
		"into 4 heads":           with(func(r *engine.Ragged) { r.Heads = 4 }),
		"into 0 heads":           with(func(r *engine.Ragged) { r.Heads = 0 }),
		"kv has 12 columns":      func() { good.Check("op", engine.Tensor{Rows: 5, Cols: 3}, kv) },
	})
}

func TestEditCheck(t *testing.T) {
	(*engine.Edit)(nil).Check("op", 2, 4)
	(&engine.Edit{Kind: engine.EditGaussian, Neurons: []int32{0, 3}, Vector: make([]float32, 4), Example: make([]int32, 2)}).Check("op", 2, 4)
	faults(t, map[string]func(){
		"edited neuron 4 of 4": func() { (&engine.Edit{Neurons: []int32{1, 4}}).Check("op", 2, 4) },
		"edited neuron -1":     func() { (&engine.Edit{Neurons: []int32{-1}}).Check("op", 2, 4) },
		"in place 2":           func() { (&engine.Edit{Neurons: []int32{1, 2, 2}}).Check("op", 2, 4) },
		"vector of 3":          func() { (&engine.Edit{Kind: engine.EditMean, Vector: make([]float32, 3)}).Check("op", 2, 4) },
		"examples for 1 of 2": func() {
			(&engine.Edit{Kind: engine.EditGaussian, Vector: make([]float32, 4), Example: make([]int32, 1)}).Check("op", 2, 4)
		},
	})
}

func TestDropoutCheck(t *testing.T) {
	d := engine.Dropout{P: 0.5, Off: []int32{0, 2, 5}, Example: []int32{4, 4}}
	d.Check("op", 5)
	faults(t, map[string]func(){
		"offsets of 2 sentences for 2 examples and 6 rows": func() { d.Check("op", 6) },
		"for 1 examples":   func() { engine.Dropout{P: 0.5, Off: d.Off, Example: []int32{1}}.Check("op", 5) },
		"probability 1":    func() { engine.Dropout{P: 1, Off: d.Off, Example: d.Example}.Check("op", 5) },
		"fall at sentence": func() { engine.Dropout{P: 0.5, Off: []int32{0, 6, 5}, Example: d.Example}.Check("op", 5) },
	})
}

func TestTapCheck(t *testing.T) {
	acc := engine.Tensor{Buf: &block{100}, Rows: 3, Cols: 4}
	one := acc.Slice(0, 1)
	slot := []int32{0, -1, 2}
	label := []int32{0, 1, 1}
	for _, good := range []engine.Tap{
		{Kind: engine.TapSum, Slot: slot, Slots: 3, Acc: acc},
		{Kind: engine.TapSum, Pool: engine.PoolMean, Slot: slot, Slots: 3, Acc: one},
		{Kind: engine.TapCount, Slot: slot, Slots: 3, Acc: acc, Threshold: acc, Label: label},
		{Kind: engine.TapCount, Pool: engine.PoolMax, Slot: slot, Slots: 3, Acc: one, Threshold: one, Label: label},
		{Kind: engine.TapCopy, Slot: slot, Slots: 3, Out: acc},
		{Kind: engine.TapCopy, Pool: engine.PoolMean, Slot: slot, Slots: 3, Out: acc.Reshape(12, 1).Slice(0, 3), Neuron: 3},
	} {
		good.Check("op", 3, 4)
	}
	check := func(tap engine.Tap) func() { return func() { tap.Check("op", 3, 4) } }
	faults(t, map[string]func(){
		"slots for 2 of 3 rows": check(engine.Tap{Slot: slot[:2], Slots: 3, Acc: acc}),
		"tap slot 2 of 2":       check(engine.Tap{Slot: slot, Slots: 2, Acc: acc}),
		"tap slot -2":           check(engine.Tap{Slot: []int32{0, 0, -2}, Slots: 3, Acc: acc}),
		"want [1, 4]":           check(engine.Tap{Pool: engine.PoolMean, Slot: slot, Slots: 3, Acc: acc}),
		"want [3, 4]":           check(engine.Tap{Kind: engine.TapCount, Slot: slot, Slots: 3, Acc: acc, Threshold: one, Label: label}),
		"2 labels, want 3":      check(engine.Tap{Kind: engine.TapCount, Slot: slot, Slots: 3, Acc: acc, Threshold: acc, Label: label[:2]}),
		"copies neuron 4":       check(engine.Tap{Kind: engine.TapCopy, Slot: slot, Slots: 3, Out: acc.Reshape(12, 1).Slice(0, 3), Neuron: 4}),
		"copies neuron 0 of [3": check(engine.Tap{Kind: engine.TapCopy, Slot: slot, Slots: 3, Out: one}),
	})
}

func TestTapReportsTheFirstFault(t *testing.T) {
	var tap engine.Tap
	if tap.Err() != nil {
		t.Error("a fresh tap has an error")
	}
	tap.Report("first")
	tap.Report("second")
	if err := tap.Err(); err == nil || !strings.Contains(err.Error(), "first") || strings.Contains(err.Error(), "second") {
		t.Errorf("got %v, want the first report", err)
	}
}
