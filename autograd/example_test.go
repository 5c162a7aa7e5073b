package autograd_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// Train a linear classifier of two points, from zero.
func Example() {
	be, err := cpu.Open(cpu.Options{Threads: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	value := func(rows, cols int, x ...float32) *engine.Value {
		buf, err := be.Alloc(engine.F32, rows*cols, engine.Activations)
		if err != nil {
			panic(err)
		}
		v := &engine.Value{T: engine.Whole(buf, rows, cols)}
		be.Upload(v.T, x)
		return v
	}
	x := value(2, 2, 1, 0, 0, 1)
	w := value(2, 2, 0, 0, 0, 0)
	hyper := autograd.DefaultHyper
	hyper.LR = 0.5
	adam, err := autograd.NewAdam(be, hyper, []*engine.Value{w})
	if err != nil {
		fmt.Println(err)
		return
	}
	schedule := autograd.Linear{Warmup: 1, Total: 8}
	tape := autograd.New(be, engine.NewArena(be), true)
	loss := make([]float32, 1)
	for step := range schedule.Total {
		adam.ZeroGrad()
		logits := tape.Apply(engine.Linear, engine.Attr{}, x, w, nil, nil)
		l := tape.Apply(engine.CrossEntropy, engine.Attr{Labels: []int32{0, 1}}, logits)
		tape.Backward(l)
		if _, err := adam.Update(schedule.Factor(step)); err != nil {
			fmt.Println(err)
			return
		}
		be.Download(loss, l.T)
		fmt.Printf("%.3f ", loss[0])
		tape.Reset()
	}
	fmt.Println()
	// Output:
	// 0.693 0.693 0.313 0.151 0.083 0.054 0.040 0.033
}
