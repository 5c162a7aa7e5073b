package tasks

import (
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
)

// Prompt rows of a template are its own tokens, wherever they stand; pooling takes every other row.
func TestTemplateRows(t *testing.T) {
	f := tinyFixture(t)
	m, err := roberta.Load(f.be, goldenSource("tiny"), 1)
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEncoder(m, roberta.Tuned{Template: "So {text} It was <mask>."})
	if err != nil {
		t.Fatal(err)
	}
	b := m.NewBatch()
	examples := f.data.Test.Examples[:3]
	var own []int32
	for i, x := range examples {
		p := e.encode(text{a: x.Text})
		for _, at := range p.Own {
			own = append(own, b.Off[i]+at)
		}
		e.add(b, p, i)
	}
	if !slices.Equal(b.Prompt, own) || len(own) != 3*e.promptRows() || e.promptRows() < 5 {
		t.Fatalf("prompt rows %v, want %v; P is %d", b.Prompt, own, e.promptRows())
	}
	for i, at := range b.At {
		if b.IDs[at] != m.Tokenizer.Mask() || at < b.Off[i] || at >= b.Off[i+1] {
			t.Errorf("sentence %d is read at row %d, token %d", i, at, b.IDs[at])
		}
	}
	var r tapRows
	whole := &fed{Batch: b}
	for i := range examples {
		whole.examples = append(whole.examples, i)
	}
	r.set(whole, &measure{pool: engine.PoolNone, slots: e.promptRows()}, examples)
	for row, slot := range r.slot {
		want := int32(-1)
		if k := slices.Index(own, int32(row)); k >= 0 {
			want = int32(k % e.promptRows())
		}
		if slot != want {
			t.Errorf("row %d is in slot %d, want %d", row, slot, want)
		}
	}
	r.set(whole, &measure{pool: engine.PoolMean, slots: 1}, examples)
	for i := range examples {
		for row := b.Off[i]; row < b.Off[i+1]; row++ {
			want := int32(i)
			if slices.Contains(own, row) {
				want = -1
			}
			if r.slot[row] != want {
				t.Errorf("row %d is pooled into %d, want %d", row, r.slot[row], want)
			}
		}
	}
	if r.slots != 3 || len(r.label) != 3 {
		t.Errorf("%d slots, labels %v", r.slots, r.label)
	}
}
