//go:build !amd64 || noasm

package simd

var (
	spanNative     = spanGo
	quantiseNative = quantiseGo
	int8Tiles      = int8Go
)

// int8Blocks is for sets with AMX, of which this build has none.
func int8Blocks(m, n int, a []uint8, rows []Int8Row, w *Int8Weights, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
}
