package simd

import (
	"fmt"
	"sync"
	"testing"
)

// BenchmarkInt8 measures the 8-bit product with and without quantising its rows, beside float32's in BenchmarkGemm. Go's own is given
// for the smallest shape only: it is for processors without VNNI.
func BenchmarkInt8(b *testing.B) {
	for _, s := range Sets() {
		impl := s.Name
		switch {
		case s.amx:
			impl = "amx"
		case s.vnni:
			impl = "vnni"
		}
		for _, shape := range benchShapes {
			m, n, k := shape[0], shape[1], shape[2]
			if !s.vnni && (s.isa != isaGo || n > 61) {
				continue
			}
			g := newInt8Case(s, rng(1), m, n, k)
			c, stride := make([]float32, m*n), Int8Stride(k)
			for i := range c {
				c[i] = 1 // fresh pages would be mapped inside the measurement
			}
			for _, threads := range []int{1, 2} {
				for _, quantise := range []bool{false, true} {
					op := "gemm"
					if quantise {
						op = "quantise+gemm"
					}
					if threads > m {
						continue
					}
					b.Run(fmt.Sprintf("op=%s/m=%d/n=%d/k=%d/prec=int8/impl=%s/threads=%d", op, m, n, k, impl, threads), func(b *testing.B) {
						for b.Loop() {
							var wg sync.WaitGroup
							for w := range threads {
								lo, hi := w*m/threads, (w+1)*m/threads
								wg.Go(func() {
									const block = 96
									for i := lo; i < hi; i += block {
										end := min(i+block, hi)
										if quantise {
											for r := i; r < end; r++ {
												g.rows[r] = s.Int8Quantise(g.a[r*stride:(r+1)*stride], g.x[r*k:(r+1)*k])
											}
										}
										s.Int8Gemm(end-i, n, g.a[i*stride:], g.rows[i:], g.q, 0, c[i*n:], n, Epilogue{Bias: g.bias}, new(Room))
									}
								})
							}
							wg.Wait()
						}
						gflops(b, 2*float64(m)*float64(n)*float64(k))
					})
				}
			}
		}
	}
}

// BenchmarkInt8Peak is a tile whose operands stay in the first-level cache.
func BenchmarkInt8Peak(b *testing.B) {
	s := Sets()[0]
	if !s.vnni {
		b.Skip("no AVX-512 VNNI")
	}
	const m, n, k = 14, Int8PanelWidth, 512
	g, c := newInt8Case(s, rng(1), m, n, k), make([]float32, m*n)
	b.Run(fmt.Sprintf("op=peak/m=%d/n=%d/k=%d/prec=int8/impl=vnni/threads=1", m, n, k), func(b *testing.B) {
		for b.Loop() {
			s.Int8Gemm(m, n, g.a, g.rows, g.q, 0, c, n, Epilogue{}, new(Room))
		}
		gflops(b, 2*m*n*k)
	})
}
