package roberta_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// Load a backbone and let it fill a mask. A directory in Hugging Face layout, or the name of a model in the local Hugging Face cache, opens
// the same way as the built-in mini.
func Example() {
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	src, err := roberta.OpenSource("mini", roberta.SourceOptions{Mini: mini.FS()})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := roberta.Load(be, src, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fills, err := m.FillMask("The movie was very <mask>.", 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range fills[0] {
		fmt.Printf("%.2f %s\n", f.Probability, f.Text)
	}
	// Output:
	// 0.20 The movie was very good.
	// 0.11 The movie was very entertaining.
	// 0.06 The movie was very funny.
}
