package torchfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/roberta/torchfile"
)

// What is written here, torch.load reads, and the other way round.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "weights.pt")

	w, err := torchfile.New([]int{2, 2}, []float32{1, 2, 3, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	state := &torchfile.Dict{Ordered: true}
	if err := state.Set("dense.weight", w); err != nil {
		fmt.Println(err)
		return
	}
	if err := torchfile.Write(path, state); err != nil {
		fmt.Println(err)
		return
	}

	f, err := torchfile.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	name, v := f.Value.(*torchfile.Dict).At(0)
	t := v.(*torchfile.Tensor)
	x, err := t.Float32s()
	fmt.Println(name, t.DType, t.Shape, x, err)
	// Output: dense.weight float32 [2 2] [1 2 3 4] <nil>
}
