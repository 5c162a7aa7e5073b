package engine_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

func TestArenaGivesDisjointMemory(t *testing.T) {
	m := &memory{limit: 1 << 26}
	a := engine.NewArena(m)
	var all []engine.Tensor
	for i := range 200 {
		all = append(all, a.New(i, 997))
	}
	if a.Live() != 200 {
		t.Errorf("%d tensors live, want 200", a.Live())
	}
	for i, x := range all {
		if x.Rows != i || x.Cols != 997 || x.Off+x.Len() > x.Buf.Len() || x.Off%16 != 0 {
			t.Fatalf("tensor %d is %v at %d of %d", i, x, x.Off, x.Buf.Len())
		}
		for _, y := range all[:i] {
			if x.Buf == y.Buf && x.Off < y.Off+y.Len() && y.Off < x.Off+x.Len() {
				t.Fatalf("%v at %d and %v at %d overlap", x, x.Off, y, y.Off)
			}
		}
	}
	used := m.used
	a.Reset()
	if a.Live() != 0 {
		t.Errorf("%d tensors live after a reset", a.Live())
	}
	for i := range 200 {
		if x := a.New(i, 997); x != all[i] {
			t.Fatalf("after a reset tensor %d is at %d, was at %d", i, x.Off, all[i].Off)
		}
	}
	if m.used != used {
		t.Errorf("the second step took %d more elements", m.used-used)
	}
	a.Free()
	if m.used != 0 || a.Live() != 0 {
		t.Errorf("%d elements and %d tensors are out after Free", m.used, a.Live())
	}
}

func TestArenaRelease(t *testing.T) {
	a := engine.NewArena(&memory{limit: 1 << 26})
	a.New(3, 3)
	mark := a.Mark()
	first := a.New(5, 5)
	for range 3 {
		a.New(1000, 1000)
	}
	a.Release(mark)
	if a.Live() != 1 {
		t.Errorf("%d tensors live, want the one before the mark", a.Live())
	}
	if again := a.New(5, 5); again != first {
		t.Errorf("after a release the next tensor is at %d, want %d", again.Off, first.Off)
	}
}

// Steps of many sizes take what the largest of them needs, and no more with every step.
func TestArenaStepsOfManySizes(t *testing.T) {
	m := &memory{limit: 1 << 40}
	a := engine.NewArena(m)
	rng := rand.New(rand.NewPCG(1, 2))
	largest := 0
	for step := range 300 {
		rows := 100 + rng.IntN(4000)
		need := 0
		for layer := range 8 {
			for _, cols := range []int{256, 1024, 256, rows / 8, 768} {
				mark := a.Mark()
				a.New(rows, cols)
				need += (rows*cols + 15) / 16 * 16
				if layer%2 == 1 && cols == 1024 {
					a.Release(mark)
					a.New(rows, cols)
				}
			}
		}
		largest = max(largest, need)
		if bound := 2*largest + largest/8 + 1<<20; m.used > bound {
			t.Fatalf("step %d: %d elements are held where the largest step needs %d", step, m.used, largest)
		}
		a.Reset()
		if bound := largest + largest/8 + 1<<20; step > 0 && m.used > bound {
			t.Fatalf("after step %d: %d elements are held where the largest step needs %d", step, m.used, largest)
		}
	}
}

func TestArenaPoisons(t *testing.T) {
	m := &memory{limit: 1 << 26}
	a := engine.NewArena(m)
	a.New(2, 2)
	a.Poison(true)
	x := a.New(3, 4)
	a.New(0, 4)
	a.Zeros(1, 1)
	if len(m.fills) != 2 || m.fills[0] != x {
		t.Errorf("poisoned %v, want the two tensors that hold something", m.fills)
	}
}

// Tensors of two types share an arena's life, and no memory.
func TestArenaOfTwoTypes(t *testing.T) {
	m := &memory{limit: 1 << 26}
	a := engine.NewArena(m)
	a.Poison(true)
	x := a.NewAs(engine.F32, 3, 5)
	mark := a.Mark()
	y := a.NewAs(engine.BF16, 3, 5)
	z := a.NewAs(engine.BF16, 3, 5)
	if x.Buf == y.Buf || y.Buf != z.Buf || z.Off < y.Off+y.Len() || z.Off%32 != 0 || a.Live() != 3 || len(m.fills) != 3 {
		t.Errorf("%v, %v and %v, %d live, %d filled", x, y, z, a.Live(), len(m.fills))
	}
	a.Release(mark)
	if again := a.NewAs(engine.BF16, 3, 5); again != y || a.Live() != 2 {
		t.Errorf("after a release %v, was %v; %d live", again, y, a.Live())
	}
	a.Reset()
	if again := a.NewAs(engine.BF16, 3, 5); again != y || a.Live() != 1 {
		t.Errorf("after a reset %v, was %v; %d live", again, y, a.Live())
	}
	if a.Free(); m.used != 0 || a.Live() != 0 {
		t.Errorf("%d elements and %d tensors are out after Free", m.used, a.Live())
	}
}

func TestArenaOutOfMemory(t *testing.T) {
	step := func() (err error) {
		defer engine.Catch(&err)
		a := engine.NewArena(&memory{limit: 1 << 21})
		a.New(1, 1<<20)
		a.New(1<<11, 1<<10)
		return nil
	}
	err := step()
	var out *engine.MemoryError
	if !errors.As(err, &out) || !errors.Is(err, errFull) || !strings.Contains(err.Error(), "8 MiB") {
		t.Errorf("got %v, want a *MemoryError over 8 MiB that wraps the device's", err)
	}
	if small := (&engine.MemoryError{Bytes: 4096, Err: errFull}).Error(); !strings.Contains(small, "4096 bytes") {
		t.Errorf("no memory for 4 KiB is called %q", small)
	}
}

func TestCatchLetsOtherPanicsPass(t *testing.T) {
	defer func() {
		if recover() != "other" {
			t.Error("another panic was caught")
		}
	}()
	var err error
	defer engine.Catch(&err)
	panic("other")
}
