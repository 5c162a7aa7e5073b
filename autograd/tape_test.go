package autograd_test

import (
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
)

// total is a [1, 1] value, the sum of w·x over x's elements, for a row x.
func total(b bench, t *autograd.Tape, x *engine.Value, w []float32) *engine.Value {
	return t.Apply(engine.Linear, engine.Attr{}, x, b.frozen(1, len(w), w), nil, nil)
}

// A value that is used twice gets the sum of both uses' gradients, also where it is both inputs of one op.
func TestGradientsOfSeveralUsesAdd(t *testing.T) {
	b := newBench(t)
	x := b.trained(1, 3, []float32{1, -2, 3})
	tape := autograd.New(b.be, b.arena, true)
	twice := tape.Apply(engine.Add, engine.Attr{}, x, x)      // 2x
	thrice := tape.Apply(engine.Add, engine.Attr{}, twice, x) // 3x
	kept := tape.Apply(engine.ReLU, engine.Attr{}, x)         // x where positive
	sum := tape.Apply(engine.Add, engine.Attr{}, thrice, kept)
	loss := total(b, tape, sum, []float32{10, 100, 1000})
	if got := b.read(loss.T)[0]; got != 40-600+12000 {
		t.Errorf("the loss is %g", got)
	}
	tape.Backward(loss)
	if got, want := b.read(x.G), []float32{40, 300, 4000}; !slices.Equal(got, want) {
		t.Errorf("gradient %v, want %v", got, want)
	}
	tape.Reset()
	// Gradients of parameters add up over backward passes, until somebody clears them.
	tape.Backward(total(b, tape, x, []float32{1, 2, 3}))
	if got, want := b.read(x.G), []float32{41, 302, 4003}; !slices.Equal(got, want) {
		t.Errorf("gradient after a second pass %v, want %v", got, want)
	}
}

// A view has its value's elements and its gradient, whichever of the two is read on.
func TestViewSharesTheGradient(t *testing.T) {
	b := newBench(t)
	x := b.trained(2, 2, []float32{1, 2, 3, 4})
	tape := autograd.New(b.be, b.arena, true)
	for _, value := range []func() *engine.Value{
		func() *engine.Value { return x },
		func() *engine.Value {
			return tape.Apply(engine.Add, engine.Attr{}, x, b.frozen(2, 2, make([]float32, 4)))
		},
	} {
		v := value()
		b.be.Zero(x.G)
		row := tape.View(v, 1, 4)
		if row.T.Rows != 1 || row.T.Cols != 4 || row.G.Rows != 1 || row.G.Cols != 4 || !row.Needs {
			t.Errorf("the view is %v with gradient %v", row.T, row.G)
		}
		if got := b.read(row.T); !slices.Equal(got, []float32{1, 2, 3, 4}) {
			t.Errorf("the view holds %v", got)
		}
		if row.T.Buf != v.T.Buf || row.T.Off != v.T.Off || row.G.Buf != v.G.Buf || row.G.Off != v.G.Off {
			t.Error("the view has memory of its own")
		}
		both := tape.Apply(engine.Add, engine.Attr{}, row, tape.View(v, 1, 4))
		loss := total(b, tape, both, []float32{1, 10, 100, 1000})
		tape.Backward(loss)
		if got, want := b.read(x.G), []float32{2, 20, 200, 2000}; !slices.Equal(got, want) {
			t.Errorf("gradient %v, want %v", got, want)
		}
		tape.Reset()
	}
	frozen := tape.View(b.frozen(1, 2, []float32{1, 2}), 2, 1)
	if frozen.Needs || frozen.G.Ok() {
		t.Error("a view of a frozen value has a gradient")
	}
}

// Where no trained value feeds an op, or the tape does not record, nothing is kept: not the inputs, and no gradient is computed.
func TestNothingIsRecordedWhereNothingTrains(t *testing.T) {
	for _, c := range []struct {
		name                     string
		record, trainX, trainW   bool
		lossNeeds, xGets, wGets  bool
		forwardTensors, backward int // tensors of the arena: after the forward pass, and those that the backward pass adds
	}{
		{"all frozen", true, false, false, false, false, false, 2, 0},
		{"not recording", false, true, true, false, false, false, 2, 0},
		{"weights train", true, false, true, true, false, true, 2, 2},
		{"input trains", true, true, false, true, true, false, 2, 2},
		{"both train", true, true, true, true, true, true, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			x, w := b.trained(1, 2, []float32{3, 5}), b.trained(2, 2, []float32{1, 2, 3, 4})
			x.Needs, w.Needs = c.trainX, c.trainW
			tape := autograd.New(b.be, b.arena, c.record)
			if tape.Recording() != c.record {
				t.Error("the tape says otherwise")
			}
			y := tape.Apply(engine.Linear, engine.Attr{}, x, w, nil, nil)
			loss := total(b, tape, y, []float32{1, 10})
			if got := b.read(loss.T)[0]; got != 13+290 {
				t.Errorf("the loss is %g", got)
			}
			if loss.Needs != c.lossNeeds || y.Needs != c.lossNeeds {
				t.Errorf("the loss needs a gradient: %t, its input: %t", loss.Needs, y.Needs)
			}
			if n := b.arena.Live(); n != c.forwardTensors {
				t.Errorf("%d tensors after the forward pass, want %d", n, c.forwardTensors)
			}
			tape.Backward(loss)
			if n := b.arena.Live() - c.forwardTensors; n != c.backward {
				t.Errorf("%d tensors for the backward pass, want %d", n, c.backward)
			}
			gx, gw := []float32{0, 0}, []float32{0, 0, 0, 0}
			if c.xGets {
				gx = []float32{31, 42} // Wᵀ·(1, 10)
			}
			if c.wGets {
				gw = []float32{3, 5, 30, 50}
			}
			if !slices.Equal(b.read(x.G), gx) || !slices.Equal(b.read(w.G), gw) {
				t.Errorf("gradients %v and %v, want %v and %v", b.read(x.G), b.read(w.G), gx, gw)
			}
		})
	}
}

// What the loss does not depend on gets no gradient, though it was recorded.
func TestBackwardLeavesOutWhatTheLossDoesNotRead(t *testing.T) {
	b := newBench(t)
	x, y := b.trained(1, 2, []float32{1, 2}), b.trained(1, 2, []float32{3, 4})
	tape := autograd.New(b.be, b.arena, true)
	tape.Apply(engine.GELU, engine.Attr{}, y)
	loss := total(b, tape, x, []float32{5, 6})
	tape.Apply(engine.GELU, engine.Attr{}, x)
	tape.Backward(loss)
	if got := b.read(x.G); !slices.Equal(got, []float32{5, 6}) {
		t.Errorf("gradient %v, want [5 6]", got)
	}
	if got := b.read(y.G); !slices.Equal(got, []float32{0, 0}) {
		t.Errorf("gradient %v of what is not read", got)
	}
}

// Into puts one op's output where it is told, and no other's.
func TestInto(t *testing.T) {
	b := newBench(t)
	dst := b.tensor(1, 2, []float32{9, 9})
	tape := autograd.New(b.be, b.arena, false)
	x := b.frozen(1, 2, []float32{-1, 2})
	first := tape.Into(dst).Apply(engine.ReLU, engine.Attr{}, x)
	second := tape.Apply(engine.Add, engine.Attr{}, x, x)
	if first.T != dst || !slices.Equal(b.read(dst), []float32{0, 2}) {
		t.Errorf("%v at the destination", b.read(dst))
	}
	if second.T.Buf == dst.Buf || !slices.Equal(b.read(second.T), []float32{-2, 4}) {
		t.Errorf("the next op gave %v", b.read(second.T))
	}
	defer func() {
		if _, ok := recover().(*engine.Fault); !ok {
			t.Error("a destination of another shape is no fault")
		}
	}()
	tape.Into(b.tensor(2, 1, []float32{0, 0})).Apply(engine.ReLU, engine.Attr{}, x)
}

// Reset takes back all tensors; the next step runs in the same memory and gives the same bits.
func TestResetUsesMemoryAgain(t *testing.T) {
	b := newBench(t)
	g := newGraph(b)
	tape := autograd.New(b.be, b.arena, true)
	var first engine.Tensor
	var value float32
	var grads [][]float32
	for step := range 4 {
		for _, p := range g.params {
			b.be.Zero(p.G)
		}
		loss := g.loss(tape)
		tape.Backward(loss)
		if b.arena.Live() == 0 {
			t.Fatal("the step uses no memory of the arena")
		}
		if step == 0 {
			first, value = loss.T, b.read(loss.T)[0]
			for _, p := range g.params {
				grads = append(grads, b.read(p.G))
			}
		}
		if loss.T != first {
			t.Errorf("step %d: the loss stands in other memory than in the first", step)
		}
		if got := b.read(loss.T)[0]; got != value {
			t.Errorf("step %d: the loss is %v, was %v", step, got, value)
		}
		for i, p := range g.params {
			if !slices.Equal(b.read(p.G), grads[i]) {
				t.Errorf("step %d: gradient %d differs from the first step's", step, i)
			}
		}
		tape.Reset()
		if n := b.arena.Live(); n != 0 {
			t.Fatalf("%d tensors live after the reset", n)
		}
	}
}
