// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda && !cudaemu

package cuda

// #include <stdlib.h>
// #include <cuda.h>
// const char *stub_load(void);
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/mumax/3/cuda/cu"

	"github.com/skillneuron/skillneuron/engine"
)

// What mumax's bindings lack.

// loadDriver opens libcuda.so.1, which this program is not linked with.
func loadDriver() error {
	if why := C.stub_load(); why != nil {
		return errors.New(C.GoString(why))
	}
	return nil
}

// primaryContext is the context that a process shares on a device.
func primaryContext(dev cu.Device) (cu.Context, error) {
	var ctx C.CUcontext
	if err := result("context", C.cuDevicePrimaryCtxRetain(&ctx, C.CUdevice(dev))); err != nil {
		return 0, err
	}
	return cu.Context(uintptr(unsafe.Pointer(ctx))), nil
}

// event marks a point of a stream.
type event struct{ e C.CUevent }

func newEvent() (e event, err error) {
	return e, result("event", C.cuEventCreate(&e.e, C.CU_EVENT_DISABLE_TIMING))
}

func (e event) record(s cu.Stream) error { return result("event", C.cuEventRecord(e.e, stream(s))) }

// holdUp makes a stream wait for the event.
func (e event) holdUp(s cu.Stream) error {
	return result("stream", C.cuStreamWaitEvent(stream(s), e.e, 0))
}

// wait is where an error of the commands before comes out.
func (e event) wait() error { return result("waiting for the device", C.cuEventSynchronize(e.e)) }

func stream(s cu.Stream) C.CUstream { return *(*C.CUstream)(unsafe.Pointer(&s)) }

// capture makes a graph of what f puts into a stream.
func capture(s cu.Stream, f func() error) (graph C.CUgraphExec, err error) {
	if err := result("capture", C.cuStreamBeginCapture(stream(s), C.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)); err != nil {
		return nil, err
	}
	err = f()
	var g C.CUgraph
	if err = errors.Join(err, result("capture", C.cuStreamEndCapture(stream(s), &g))); err != nil {
		return nil, err
	}
	defer C.cuGraphDestroy(g)
	return graph, result("graph", C.cuGraphInstantiate(&graph, g, 0))
}

func launchGraph(g C.CUgraphExec, s cu.Stream) error {
	return result("graph", C.cuGraphLaunch(g, stream(s)))
}

func destroyGraph(g C.CUgraphExec) error { return result("graph", C.cuGraphExecDestroy(g)) }

func result(what string, r C.CUresult) error { return failed(what, cu.Result(r)) }

func failed(what string, r cu.Result) error {
	switch r {
	case cu.SUCCESS:
		return nil
	case cu.ERROR_OUT_OF_MEMORY:
		return fmt.Errorf("cuda: %s: %w", what, engine.ErrMemory)
	}
	return fmt.Errorf("cuda: %s: %v", what, r)
}

// try calls the bindings, which panic with a cu.Result.
func try(what string, f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case cu.Result:
			err = failed(what, r)
		default:
			panic(r)
		}
	}()
	f()
	return nil
}
