package cpu

import "unsafe"

// aligned returns n zeroed elements from the start of a cache line on; many of them in huge pages, where the system has some.
func aligned[T float32 | uint16](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(T(0)))
	x := make([]T, n+line/size-1)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(x)))%line) / size
	x = x[off : off+n : off+n]
	hugePages(bytesOf(x))
	return x
}

func bytesOf[T float32 | uint16](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), int(unsafe.Sizeof(T(0)))*len(x))
}
