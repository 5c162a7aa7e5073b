package simd

import "unsafe"

// alignedInt8 returns n zeroed bytes from the start of a cache line on: a panel's vectors then lie in one line each.
func alignedInt8(n int) []int8 {
	const line = 64
	x := make([]int8, n+line-1)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(x))) % line)
	return x[off : off+n : off+n]
}
