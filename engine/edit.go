package engine

// EditKind is a way to perturb neurons (paper, section 4.2).
type EditKind uint8

const (
	EditZero     EditKind = iota // a' = 0
	EditMean                     // a' = Vector
	EditGaussian                 // a' = a + Vector·N(0, 1), one draw for each example, layer and neuron, shared by the example's rows
)

// Edit changes the activations of one layer on a mask. It is plain data: any number of runs may share it.
type Edit struct {
	Kind    EditKind
	Neurons []int32   // the neurons that change, ascending
	Vector  []float32 // [F]: replacement (EditMean) or standard deviation of the noise (EditGaussian)
	Seed    uint64    // EditGaussian
	Layer   int       // EditGaussian: the layer's number, part of the draw
	Example []int32   // EditGaussian, [R]: the example of each row
}

// Check panics with a [*Fault] unless e fits activations [rows, f].
func (e *Edit) Check(op string, rows, f int) {
	if e == nil {
		return
	}
	for i, n := range e.Neurons {
		if n < 0 || int(n) >= f || i > 0 && e.Neurons[i-1] >= n {
			Fail(op, "edited neuron %d of %d, in place %d", n, f, i)
		}
	}
	if e.Kind != EditZero && len(e.Vector) != f {
		Fail(op, "edit vector of %d for %d neurons", len(e.Vector), f)
	}
	if e.Kind == EditGaussian && len(e.Example) != rows {
		Fail(op, "edit has examples for %d of %d rows", len(e.Example), rows)
	}
}

// Overwrites reports whether the edited activation forgets what was computed.
func (e *Edit) Overwrites() bool { return e.Kind != EditGaussian }

// Apply edits activation a of neuron n for the given example.
func (e *Edit) Apply(a float32, n, example int32) float32 {
	switch e.Kind {
	case EditZero:
		return 0
	case EditMean:
		return e.Vector[n]
	}
	// The conversion keeps processors with a fused multiply-add from leaving out a rounding.
	return a + float32(e.Vector[n]*Normal(e.Seed, e.Layer, int(example), int(n)))
}
