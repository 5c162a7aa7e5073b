package cpu

import "unsafe"

// aligned returns n zeroed elements from the start of a cache line on.
func aligned(n int) []float32 {
	const line = 64
	x := make([]float32, n+line/4-1)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(x)))%line) / 4
	return x[off : off+n : off+n]
}
