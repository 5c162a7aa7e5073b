package enginetest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testOps checks every row of the op table.
func (within limits) testOps(t *testing.T, be engine.Backend) {
	for _, op := range engine.Ops {
		t.Run(op.Name, func(t *testing.T) {
			tol, hasTolerance := within[op.Name]
			if generators[op.Name] == nil || op.Backward == nil || op.Forward == nil || op.Reference == nil || op.Formula == "" || !hasTolerance {
				t.Fatalf("row %q of engine.Ops lacks a case generator, a tolerance, a formula, a forward, a backward or a reference", op.Name)
			}
			cases := prepare()[op.Name]
			everyOption(t, op, cases)
			forward, backward := worst{tol: tol.forward}, worst{tol: tol.backward}
			for _, c := range cases {
				if c.long && testing.Short() {
					continue
				}
				o := opTest{t: t, be: be, c: c, fwd: &forward, bwd: &backward}
				o.forward(-1, engine.Activations)
				o.forward(-1, engine.Weights)
				for _, i := range inPlace[op.Name] {
					if c.in[i] != nil {
						o.forward(i, engine.Activations)
					}
				}
				c.differences()
				all := 0
				for mask := range 1 << len(c.in) {
					if o.wants(mask) {
						o.backward(mask, engine.Activations)
						all = mask // the last one is all
					}
				}
				o.backward(all, engine.Weights)
			}
			t.Logf("used of the tolerance: forward %.0f %%, backward %.0f %%", 100*forward.share, 100*backward.share)
		})
	}
}

// everyOption checks that the cases have each optional input present and absent, and the others present.
func everyOption(t *testing.T, op *engine.Op, cases []*prepared) {
	for i, name := range op.Inputs {
		seen := map[bool]bool{}
		for _, c := range cases {
			seen[c.in[i] != nil] = true
		}
		if optional := strings.HasSuffix(name, "?"); !seen[true] || seen[false] != optional {
			t.Errorf("input %s: cases have it present %v, absent %v", name, seen[true], seen[false])
		}
	}
}

type opTest struct {
	t        *testing.T
	be       engine.Backend
	c        *prepared
	fwd, bwd *worst
}

// node places the inputs.
func (o *opTest) node(p *place) *engine.Node {
	n := &engine.Node{Op: o.c.op, Attr: o.c.attr}
	for i, m := range o.c.in {
		if m != nil {
			n.In[i] = &engine.Value{T: p.put(m)}
		}
	}
	return n
}

// forward compares with the reference; input dst, unless negative, is the destination as well.
func (o *opTest) forward(dst int, use engine.Use) {
	what := fmt.Sprintf("%s/%s forward (in place %d, use %d)", o.c.op.Name, o.c.name, dst, use)
	p := &place{t: o.t, be: o.be, use: use}
	defer p.free()
	n := o.node(p)
	rows, cols := n.Op.Shape(n)
	if dst >= 0 {
		n.Out = &engine.Value{T: n.In[dst].T}
	} else {
		n.Out = &engine.Value{T: p.fresh(rows, cols)}
	}
	if rows*cols != len(o.c.want) {
		o.t.Fatalf("%s: shape [%d, %d] for %d elements of the reference", what, rows, cols, len(o.c.want))
	}
	n.Op.Forward(o.be, n)
	o.fwd.check(o.t, what, download(o.be, n.Out.T), o.c.want)
	p.intact(what)
	o.unchanged(what, n)
}

// unchanged checks that an op left its inputs alone.
func (o *opTest) unchanged(what string, n *engine.Node) {
	for i, m := range o.c.in {
		if m != nil && n.In[i].T != n.Out.T {
			sameBits(o.t, what+": input "+n.Op.Inputs[i], download(o.be, n.In[i].T), narrow(m.V))
		}
	}
}

// wants says whether the set of inputs that need gradients is one to test: all, or one alone, or all but one.
func (o *opTest) wants(mask int) bool {
	present, set := 0, 0
	for i, m := range o.c.in {
		if m != nil {
			present++
		}
		if mask>>i&1 != 0 {
			if m == nil {
				return false
			}
			set++
		}
	}
	if o.c.long {
		return set == present
	}
	return set == 1 || set == present || set == present-1 && set > 0
}

// filled is what gradients hold before the op adds to them.
const filled = 0.25

// backward compares gradients with central differences, then sends NaN.
func (o *opTest) backward(mask int, use engine.Use) {
	for _, poison := range []bool{false, true} {
		what := fmt.Sprintf("%s/%s backward of inputs %03b (use %d)", o.c.op.Name, o.c.name, mask, use)
		p := &place{t: o.t, be: o.be}
		arena := engine.NewArena(o.be)
		arena.Poison(true)
		p.use = use
		n := o.node(p)
		p.use = engine.Activations
		rows, cols := n.Op.Shape(n)
		n.Out = &engine.Value{T: p.fresh(rows, cols), G: p.put(o.c.dy), Needs: true}
		if n.Op.Saves != nil {
			n.Saved = p.fresh(n.Op.Saves(n))
		}
		for i, v := range n.In {
			if v != nil && mask>>i&1 != 0 {
				v.Needs, v.G = true, p.alloc(v.T.Rows, v.T.Cols, filled)
			}
		}
		n.Op.Forward(o.be, n)
		if poison {
			o.be.Fill(n.Out.G, float32(math.NaN()))
		}
		n.Op.Backward(o.be, arena, n)
		o.compare(what, n, poison)
		p.intact(what)
		o.unchanged(what, n)
		if live := arena.Live(); live != 0 {
			o.t.Errorf("%s: %d tensors of scratch live on", what, live)
		}
		arena.Free()
		p.free()
	}
}

func (o *opTest) compare(what string, n *engine.Node, poison bool) {
	for i, v := range n.In {
		if v == nil || !v.Needs {
			continue
		}
		got := download(o.be, v.G)
		some, want := make([]float32, 0, len(got)), make([]float64, 0, len(got))
		for _, d := range o.c.grads[i] {
			some, want = append(some, got[d.at]), append(want, filled+d.want)
			if g := got[d.at]; poison && math.Abs(d.want) > 1e-6 && g == g {
				o.t.Fatalf("%s: the gradient of %s at %d is %v where the output's is NaN", what, n.Op.Inputs[i], d.at, g)
			}
		}
		if !poison {
			o.bwd.check(o.t, what+": "+n.Op.Inputs[i], some, want)
		}
	}
}
