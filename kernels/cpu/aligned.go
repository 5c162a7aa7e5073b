package cpu

import "unsafe"

// aligned returns n zeroed elements from the start of a cache line on; many of them in huge pages, where the system has some.
func aligned(n int) []float32 {
	const line = 64
	x := make([]float32, n+line/4-1)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(x)))%line) / 4
	x = x[off : off+n : off+n]
	hugePages(x)
	return x
}
