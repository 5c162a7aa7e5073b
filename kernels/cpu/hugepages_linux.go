package cpu

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePages asks for pages of 2 MiB where memory has room for them: weights that come from memory in every forward then cost a translation for 512 times as much,
// and prefetching crosses no page. Where the system refuses, nothing changes.
func hugePages(bytes []byte) {
	const page = 2 << 20
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(bytes))) % page)
	if n := (len(bytes) - skip) / page * page; n > 0 {
		_ = unix.Madvise(bytes[skip:skip+n], unix.MADV_HUGEPAGE)
	}
}
