package enginetest

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testFaults makes callers' mistakes: each panics with a *engine.Fault that names its operation, and writes nothing.
func testFaults(t *testing.T, be engine.Backend) {
	p := newPlace(t, be)
	a, b, wide := p.alloc(3, 5, 1), p.alloc(3, 5, 1), p.alloc(3, 6, 1)
	row, none := p.alloc(1, 5, 1), engine.Tensor{}
	freed, err := be.Alloc(engine.F32, 15, engine.Activations)
	if err != nil {
		t.Fatal(err)
	}
	gone := engine.Whole(freed, 3, 5)
	be.Free(freed)
	shifted := engine.Tensor{Buf: a.Buf, Off: a.Off + 1, Rows: 3, Cols: 5}
	ints := stored(t, be, engine.I64, engine.Activations, 3, 5, 0, nil)
	ragged := engine.Ragged{QOff: offsets(3), KVOff: offsets(3), Heads: 5}
	for name, call := range map[string]func(){
		"shapes differ":        func() { be.Add(a, b, wide) },
		"absent destination":   func() { be.Add(none, a, b) },
		"absent source":        func() { be.GELU(a, none) },
		"freed buffer":         func() { be.Add(a, gone, b) },
		"freed destination":    func() { be.Zero(gone) },
		"shifted alias":        func() { be.Add(a, shifted, b) },
		"beyond the buffer":    func() { be.Zero(engine.Tensor{Buf: a.Buf, Off: a.Buf.Len() - 1, Rows: 1, Cols: 2}) },
		"integers as floats":   func() { be.Add(a, ints, b) },
		"floats as integers":   func() { be.DownloadInts(make([]int64, 15), a) },
		"short upload":         func() { be.Upload(a, make([]float32, 14)) },
		"short download":       func() { be.Download(make([]float32, 14), a) },
		"row out of range":     func() { be.Gather(a, b, []int32{0, 1, 3}) },
		"negative row":         func() { be.ScatterAdd(a, b, []int32{0, -1, 2}) },
		"column out of range":  func() { be.GatherCols(a, b, []int32{0, 1, 2, 3, 5}) },
		"product of shapes":    func() { be.Linear(a, b, wide, none, none) },
		"product into itself":  func() { be.Linear(row, row, p.alloc(5, 5, 1), none, none) },
		"bias of wrong size":   func() { be.Linear(p.alloc(3, 3, 0), a, b, row, none) },
		"gamma of wrong size":  func() { be.LayerNorm(a, b, wide.Slice(0, 1), row, 1e-5) },
		"keys of wrong width":  func() { be.Attention(a, b, wide, ragged) },
		"label out of range":   func() { be.CrossEntropy(p.alloc(1, 1, 0), a, []int32{0, 5, 1}) },
		"labels of wrong size": func() { be.CrossEntropy(p.alloc(1, 1, 0), a, []int32{0}) },
		"class without words":  func() { be.Join(p.alloc(3, 2, 0), a, []int32{0, 5, 5}) },
		"words of no class":    func() { be.Join(p.alloc(3, 2, 0), a, []int32{0, 2, 4}) },
		"id without a prompt":  func() { be.Embed(a, b, b, b, none, []int32{0, -1, 2}, []int32{0, 1, 2}) },
		"id out of range":      func() { be.Embed(a, b, b, b, none, []int32{0, 3, 2}, []int32{0, 1, 2}) },
		"edited neuron":        func() { be.FFNUp(p.alloc(3, 3, 0), none, a, b, none, &engine.Edit{Neurons: []int32{3}}, nil) },
		"tap of wrong size":    func() { be.FFNUp(p.alloc(3, 3, 0), none, a, b, none, nil, []*engine.Tap{{Slot: []int32{0}}}) },
		"moment of wrong size": func() { be.Adam(a, b, wide, b, engine.AdamStep{Step: 1}) },
		"step 0":               func() { be.Adam(a, b, p.alloc(3, 5, 0), p.alloc(3, 5, 0), engine.AdamStep{}) },
		"dropout of nothing":   func() { be.Dropout(a, b, engine.Dropout{P: 0.5}) },
	} {
		func() {
			defer func() {
				if f, ok := recover().(*engine.Fault); !ok || f.CallerBug() == "" || f.Error() == "" {
					t.Errorf("%s: recovered %v, want a *engine.Fault", name, f)
				}
			}()
			call()
		}()
	}
	for _, x := range []engine.Tensor{a, b, wide, row} {
		for _, v := range download(be, x) {
			if v != 1 {
				t.Fatalf("a faulty call wrote %v", v)
			}
		}
	}
}
