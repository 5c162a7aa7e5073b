package cpu_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// Two neurons see three rows of two sentences; a tap sums each sentence's activations exactly.
func Example() {
	be, err := cpu.Open(cpu.Options{Threads: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	tensor := func(t engine.DType, use engine.Use, rows, cols int, x ...float32) engine.Tensor {
		buf, err := be.Alloc(t, rows*cols, use)
		if err != nil {
			panic(err)
		}
		y := engine.Whole(buf, rows, cols)
		if len(x) > 0 {
			be.Upload(y, x)
		}
		return y
	}
	x := tensor(engine.F32, engine.Activations, 3, 1, 10, 20, 30)
	w := tensor(engine.F32, engine.Weights, 2, 1, 1, 2)
	a := tensor(engine.F32, engine.Activations, 3, 2)
	sum := &engine.Tap{Kind: engine.TapSum, Slot: []int32{0, 0, 1}, Slots: 2, Acc: tensor(engine.I64, engine.Activations, 2, 2)}
	be.FFNUp(a, engine.Tensor{}, x, w, engine.Tensor{}, nil, []*engine.Tap{sum})
	if err := sum.Err(); err != nil {
		fmt.Println(err)
		return
	}
	acc := make([]int64, 4)
	be.DownloadInts(acc, sum.Acc)
	for s := range 2 {
		fmt.Println("sentence", s, engine.FixedMean(acc[2*s], 1), engine.FixedMean(acc[2*s+1], 1))
	}
	// Output:
	// sentence 0 30 60
	// sentence 1 30 60
}
