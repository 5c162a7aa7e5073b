//go:build (!amd64 && !arm64) || noasm

package simd

func native() []*Set { return nil }

func (s *Set) gemmTiles(m, n, k int, a []float32, lda int, packed, c []float32, ldc int, ep Epilogue) {
	gemmGo(m, n, k, a, lda, packed, c, ldc, ep)
}
