package autograd

import "github.com/skillneuron/skillneuron/engine"

// Tape applies ops and remembers those that a trained parameter feeds. It serves one goroutine; its values live until Reset.
type Tape struct {
	be     engine.Backend
	arena  *engine.Arena
	record bool
	into   engine.Tensor
	as     engine.DType
	values slab[engine.Value]
	nodes  slab[engine.Node]
	plain  engine.Node             // the node of an op that is not recorded
	spare  map[int][]engine.Tensor // gradients that are no longer read, by length
}

// New returns an empty tape whose tensors come from arena. Unless record is set, nothing is kept for a backward pass.
func New(be engine.Backend, arena *engine.Arena, record bool) *Tape {
	return &Tape{be: be, arena: arena, record: record, spare: map[int][]engine.Tensor{}}
}

// Recording reports whether the tape keeps what Backward needs.
func (t *Tape) Recording() bool { return t.record }

// Arena is where the tape's tensors come from.
func (t *Tape) Arena() *engine.Arena { return t.arena }

// Backend is the device.
func (t *Tape) Backend() engine.Backend { return t.be }

// Into makes the next op write its output to dst instead of fresh memory. dst has the output's shape.
func (t *Tape) Into(dst engine.Tensor) *Tape {
	t.into = dst
	return t
}

// As gives the next op's output a type, unless Into says where it goes.
func (t *Tape) As(d engine.DType) *Tape {
	t.as = d
	return t
}

// Apply runs op on in (absent inputs nil) and returns its output.
func (t *Tape) Apply(op *engine.Op, attr engine.Attr, in ...*engine.Value) *engine.Value {
	needs := false
	for _, v := range in {
		needs = needs || v != nil && v.Needs
	}
	needs = needs && t.record
	n := &t.plain
	if needs {
		n = t.nodes.next()
	}
	*n = engine.Node{Op: op, Attr: attr}
	copy(n.In[:], in)
	rows, cols := op.Shape(n)
	n.Out = t.values.next()
	*n.Out = engine.Value{Needs: needs}
	if t.into.Ok() {
		t.into.Shape(op.Name, rows, cols)
		n.Out.T, t.into = t.into, engine.Tensor{}
	} else {
		n.Out.T = t.arena.NewAs(t.as, rows, cols)
	}
	t.as = engine.F32
	if needs && op.Saves != nil {
		n.Saved = t.arena.New(op.Saves(n))
	}
	op.Forward(t.be, n)
	return n.Out
}

// View is v with another shape; its gradient is v's.
func (t *Tape) View(v *engine.Value, rows, cols int) *engine.Value {
	w := t.values.next()
	*w = engine.Value{T: v.T.Reshape(rows, cols), Needs: v.Needs && t.record}
	if w.Needs {
		t.grad(v)
		w.G = v.G.Reshape(rows, cols)
	}
	return w
}

// Backward adds to every parameter's G the gradient of loss, a [1, 1] value of this tape. It may be called once between resets.
func (t *Tape) Backward(loss *engine.Value) { t.BackwardTimes(loss, 1) }

// BackwardTimes is Backward of share·loss.
func (t *Tape) BackwardTimes(loss *engine.Value, share float32) {
	if !loss.Needs {
		return
	}
	t.grad(loss)
	t.be.Fill(loss.G, share)
	for i := t.nodes.used - 1; i >= 0; i-- {
		n := t.nodes.at(i)
		if !n.Out.G.Ok() {
			continue // nothing that the loss depends on reads it
		}
		for _, v := range n.In {
			if v != nil && v.Needs {
				t.grad(v)
			}
		}
		n.Op.Backward(t.be, t.arena, n)
		t.spare[n.Out.G.Len()] = append(t.spare[n.Out.G.Len()], n.Out.G)
		n.Out.G = engine.Tensor{}
	}
}

// grad gives v a zeroed gradient unless it has one.
func (t *Tape) grad(v *engine.Value) {
	if v.G.Ok() {
		return
	}
	if old := t.spare[v.T.Len()]; len(old) > 0 {
		v.G = old[len(old)-1].Reshape(v.T.Rows, v.T.Cols)
		t.spare[v.T.Len()] = old[:len(old)-1]
		t.be.Zero(v.G)
		return
	}
	v.G = t.arena.Zeros(v.T.Rows, v.T.Cols)
}

// Reset forgets the recorded ops and takes back their memory.
func (t *Tape) Reset() {
	t.values.used, t.nodes.used, t.into = 0, 0, engine.Tensor{}
	for k, s := range t.spare {
		t.spare[k] = s[:0]
	}
	t.arena.Reset()
}

// slab gives out items that it uses again after a reset.
type slab[T any] struct {
	items []*T
	used  int
}

func (s *slab[T]) next() *T {
	if s.used == len(s.items) {
		s.items = append(s.items, new(T))
	}
	s.used++
	return s.items[s.used-1]
}

func (s *slab[T]) at(i int) *T { return s.items[i] }
