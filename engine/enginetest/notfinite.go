package enginetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testNotFinite puts NaN, Inf and -Inf into each input of each op and wants what the reference gives: no kernel may lose one.
func (within limits) testNotFinite(t *testing.T, be engine.Backend) {
	for _, op := range engine.Ops {
		for _, c := range prepare()[op.Name] {
			if c.long || len(c.want) == 0 || len(c.want) > 1<<13 || c.attr.Ragged.Drop.On() {
				continue
			}
			w := worst{tol: within[op.Name].forward}
			for i, m := range c.in {
				if m == nil || len(m.V) == 0 {
					continue
				}
				for k, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					at := (len(m.V) - 1) * k / 2
					was := m.V[at]
					m.V[at] = bad
					want := op.Reference(c.in, &c.attr)
					o := opTest{t: t, be: be, c: c}
					p := &place{t: t, be: be}
					n := o.node(p)
					n.Out = &engine.Value{T: p.fresh(want.Rows, want.Cols)}
					op.Forward(be, n)
					w.check(t, fmt.Sprintf("%s/%s with %v in %s at %d", op.Name, c.name, bad, op.Inputs[i], at), download(be, n.Out.T), want.V)
					p.free()
					m.V[at] = was
				}
			}
		}
	}
}
