// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda && !cudaemu

package cuda

// #include <cuda.h>
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/mumax/3/cuda/cu"
)

// allowShared lets a kernel's blocks have bytes of dynamic shared memory, and as many of them onto a multiprocessor as its shared memory has room for.
func allowShared(f cu.Function, bytes int) error {
	if bytes == 0 {
		return nil
	}
	function := *(*C.CUfunction)(unsafe.Pointer(&f))
	for _, x := range []struct {
		attribute C.CUfunction_attribute
		value     int
	}{
		{C.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes},
		{C.CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT, 100}, // percent
	} {
		if r := cu.Result(C.cuFuncSetAttribute(function, x.attribute, C.int(x.value))); r != cu.SUCCESS {
			return fmt.Errorf("cuda: %d bytes of shared memory: %v", bytes, r)
		}
	}
	return nil
}
