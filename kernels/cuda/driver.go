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
	if r := cu.Result(C.cuDevicePrimaryCtxRetain(&ctx, C.CUdevice(dev))); r != cu.SUCCESS {
		return 0, fmt.Errorf("cuda: context: %v", r)
	}
	return cu.Context(uintptr(unsafe.Pointer(ctx))), nil
}

// try calls the bindings, which panic with a cu.Result.
func try(what string, f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case cu.Result:
			err = fmt.Errorf("cuda: %s: %v", what, r)
		default:
			panic(r)
		}
	}()
	f()
	return nil
}
