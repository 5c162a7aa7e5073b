package cpu

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// TestTwoPartsTaken: weights as float16 has them are multiplied in two parts, but for those with a row of more bits, or with steps of K that are not whole.
func TestTwoPartsTaken(t *testing.T) {
	b, err := Open(Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !b.k.HasAMX() {
		t.Skip("this machine has no AMX")
	}
	const rows = 64
	for _, c := range []struct {
		cols       int
		last       float32
		two, whole bool // Wᵀ and W
	}{{64, 0.5, true, true}, {64, 0.1, false, false}, {62, 0.5, false, true}} {
		buf, err := b.Alloc(engine.F32, rows*c.cols, engine.Weights)
		if err != nil {
			t.Fatal(err)
		}
		w := engine.Whole(buf, rows, c.cols)
		b.Fill(w, 0.25)
		b.Fill(w.Slice(rows-1, rows), c.last)
		for _, transposed := range []bool{true, false} {
			want := c.whole
			if transposed {
				want = c.two
			}
			if got := b.packed("test", w, transposed, inFloat32).two.Load(); got != want {
				t.Errorf("%d columns, the last row %g, transposed %t: in two parts %t, want %t", c.cols, c.last, transposed, got, want)
			}
		}
		b.Free(buf)
	}
}
