package demo_test

import (
	"context"
	"fmt"
	"os"

	"github.com/skillneuron/skillneuron/tasks/demo"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// The demo of `make demo`, which takes minutes: it prints what it does, and leaves its page and files in demo-out.
func Example() {
	r, err := demo.Run(context.Background(), demo.Config{Mini: mini.FS(), Out: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("open", r.Dir+"/index.html")
}
