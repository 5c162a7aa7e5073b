package kernels_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
)

func TestOpenCPU(t *testing.T) {
	for _, name := range []string{"", "auto", "cpu"} {
		be, err := kernels.Open(name, kernels.Options{Threads: 2, Kernels: "go"})
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if be.Name() != "cpu/go" {
			t.Errorf("%q opened %s, want cpu/go", name, be.Name())
		}
	}
}

func TestOpenWhatThereIsNot(t *testing.T) {
	for _, name := range []string{"gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "CPU", "cpu:0", " cpu"} {
		be, err := kernels.Open(name, kernels.Options{})
		if be != nil || err == nil || !strings.Contains(err.Error(), "cuda:N") || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("%q gave %v and %v, want an error that lists the devices", name, be, err)
		}
		var missing *kernels.NoDeviceError
		if errors.As(err, &missing) {
			t.Errorf("%q is junk, not a missing device: %v", name, err)
		}
	}
	for _, opt := range []kernels.Options{{Kernels: "sse2"}, {Threads: -1}} {
		if be, err := kernels.Open("cpu", opt); be != nil || err == nil {
			t.Errorf("%+v gave %v and %v, want an error", opt, be, err)
		}
	}
}

func Example() {
	be, err := kernels.Open("cpu", kernels.Options{Threads: runtime.NumCPU(), Kernels: "go"})
	if err != nil {
		fmt.Println(err)
		return
	}
	buf, err := be.Alloc(engine.F32, 6, engine.Activations)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer be.Free(buf)
	x := engine.Whole(buf, 2, 3)
	be.Upload(x, []float32{-2, -1, 0, 1, 2, 3})
	be.ReLU(x, x)
	y := make([]float32, x.Len())
	be.Download(y, x)
	fmt.Println(be.Name(), y)
	// Output: cpu/go [0 0 0 1 2 3]
}
