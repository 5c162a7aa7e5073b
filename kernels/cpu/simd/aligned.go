package simd

import "unsafe"

// alignedInt8 returns n zeroed bytes from the start of a cache line on: a panel's vectors then lie in one line each.
func alignedInt8(n int) []int8 { return alignedTo[int8](n) }

// alignedWords does the same for words.
func alignedWords(n int) []uint16 { return alignedTo[uint16](n) }

func alignedTo[T int8 | uint16 | float32](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(T(0)))
	x := make([]T, n+line/size-1)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(x)))%line) / size
	return x[off : off+n : off+n]
}
