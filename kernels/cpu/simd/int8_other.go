//go:build !amd64 || noasm

package simd

var (
	spanNative     = spanGo
	quantiseNative = quantiseGo
	int8Tiles      = int8Go
)
