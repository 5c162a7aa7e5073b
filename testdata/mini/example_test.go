package mini_test

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/skillneuron/skillneuron/testdata/mini"
)

func Example() {
	files := mini.FS()
	if files == nil { // built with -tags nomini
		return
	}
	data, err := fs.ReadFile(files, "config.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	var c struct {
		Model  string `json:"model_type"`
		Layers int    `json:"num_hidden_layers"`
		Hidden int    `json:"hidden_size"`
		Width  int    `json:"intermediate_size"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %d layers of %d, feed-forward width %d\n", c.Model, c.Layers, c.Hidden, c.Width)
	// Output:
	// roberta, 6 layers of 384, feed-forward width 1536
}
