//go:build !noasm

package simd

import (
	"syscall"

	"golang.org/x/sys/cpu"
)

// amxPermitted reports whether the processor has AMX for bfloat16 and bytes, and asks the kernel to let this process use it: without that the first
// instruction is illegal. The kernel's answer holds for all threads.
func amxPermitted() bool {
	x := &cpu.X86
	if !x.HasAMXTile || !x.HasAMXBF16 || !x.HasAMXInt8 || !x.HasAVX512BF16 {
		return false
	}
	const requestPermission, tileData = 0x1023, 18 // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
	_, _, errno := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, tileData, 0)
	return errno == 0
}
