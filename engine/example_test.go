package engine_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

// Prune-and-perturb experiments rest on noise that is a function of its place: the same neuron of the same example gets the same deviate
// whatever the batch, the device or the order.
func ExampleEdit() {
	e := engine.Edit{Kind: engine.EditGaussian, Neurons: []int32{0, 2}, Vector: []float32{0.5, 0.5, 0}, Seed: 1, Layer: 4, Example: []int32{7, 7, 8}}
	e.Check("example", 3, 3) // three rows of two examples, three neurons
	fmt.Println(e.Apply(1, 0, 7) == e.Apply(1, 0, 7), e.Apply(1, 0, 7) == e.Apply(1, 0, 8))
	fmt.Println(e.Apply(1, 2, 7)) // a deviation of 0
	e.Kind, e.Vector = engine.EditMean, []float32{-0.25, 0, 3}
	fmt.Println(e.Apply(1, 0, 7), e.Overwrites())
	// Output:
	// true false
	// 1
	// -0.25 true
}

// Activations are summed in fixed point, so that no order of rows and no sharding changes a bit.
func ExampleFixed() {
	var up, down int64
	x := []float32{1e6, 0.1, -1e6, 0.2}
	for i := range x {
		a, _ := engine.Fixed(x[i])
		b, _ := engine.Fixed(x[len(x)-1-i])
		up, down = up+a, down+b
	}
	fmt.Println(up == down, engine.FixedMean(up, 4))
	// Output: true 0.075
}
