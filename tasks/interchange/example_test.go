package interchange_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/tasks/interchange"
)

// A mask that the original program wrote with torch.save, as the steps of this project read it.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	r, err := interchange.Convert(context.Background(), interchange.Config{
		From: "testdata/original/info/sst2/0.2", To: filepath.Join(dir, "0.2"), As: "ours",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range r.Files {
		fmt.Println(filepath.Base(f.Path), "holds", f.Holds)
	}
	// Output: 0.2.npy holds an array of shape [3 52], bool
}
