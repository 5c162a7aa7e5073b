//go:build !noasm

package roofline

import "golang.org/x/sys/cpu"

//go:noescape
func fma512(n int)

//go:noescape
func fma256(n int)

// loop is the widest multiply-add loop of this processor, and the floating-point operations of one of its rounds.
func loop() (name string, run func(n int), flop float64) {
	switch {
	case cpu.X86.HasAVX512F:
		return "24 × VFMADD231PS zmm", fma512, 24 * 16 * 2
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return "12 × VFMADD231PS ymm", fma256, 12 * 8 * 2
	}
	return goLoop()
}
