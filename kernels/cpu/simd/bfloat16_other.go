//go:build !amd64 || noasm

package simd

var (
	splitRowNative   = splitRowGo
	splitPanelNative = splitPanelGo
	splitTwoNative   = splitTwoGo
	roundRowNative   = roundRowGo
	widenRowNative   = widenRowGo
	roundPanelNative = roundPanelGo
	pairRowsNative   = pairRowsGo
)

func softmaxHalfNative(dst []uint16, x []float32, scale float32) {}

func geluHalfNative(dst, x []float32) {}

// The sets of this build have no AMX.

type strips struct{}

func fewTiles(m, n, k int, as []BFloat16Rows, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
}

func bfloat16Tiles(m, n int, a []BFloat16Rows, r0 int, w *BFloat16Weights, j0 int, out *BFloat16Out, room *Room) {
}

func twoPartsTiles(m, n, k int, a *BFloat16Rows, r0 int, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
}

func partsTiles(m, n, k int, a *BFloat16Rows, r0 int, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
}
