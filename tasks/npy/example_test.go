package npy_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/tasks/npy"
)

func Example() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	mask := []bool{true, false, false, false, false, true}
	if err := npy.Write(filepath.Join(dir, "0.1.npy"), []int{2, 3}, mask); err != nil {
		log.Fatal(err)
	}
	shape, read, err := npy.Read[bool](filepath.Join(dir, "0.1"))
	fmt.Println(shape, read, err)
	// Output: [2 3] [true false false false false true] <nil>
}
