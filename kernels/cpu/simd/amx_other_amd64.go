//go:build !linux && !noasm

package simd

// amxPermitted is false where nobody has asked the system how to get AMX.
func amxPermitted() bool { return false }
