package safetensors_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

func Example() {
	dir, err := os.MkdirTemp("", "safetensors")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "prompt.safetensors")
	err = safetensors.Write(path, []safetensors.Tensor{
		{Name: "prompt", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}, DType: safetensors.F16},
	}, map[string]string{"task": "sst2"})
	if err != nil {
		log.Fatal(err)
	}

	f, err := safetensors.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	x, err := f.Float32s("prompt", -1, 3)
	fmt.Println(f.Names(), f.Metadata()["task"], x, err)
	// Output: [prompt] sst2 [1 2 3 4 5 6] <nil>
}
