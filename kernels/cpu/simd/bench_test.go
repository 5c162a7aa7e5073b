package simd

import (
	"fmt"
	"sync"
	"testing"
)

// benchShapes are [m, n, k]: the layers of roberta-base and of the mini backbone, few rows, and ragged widths.
var benchShapes = [][3]int{
	{4096, 768, 768}, {4096, 3072, 768}, {4096, 768, 3072}, {1024, 768, 768},
	{1300, 384, 384}, {1300, 1536, 384}, {1300, 384, 1536},
	{1, 768, 768}, {2, 768, 768}, {6, 768, 768}, {13, 768, 768}, {1300, 61, 384}, {1300, 30, 384}, {1300, 2, 384},
}

// BenchmarkGemm splits the rows between 1 and 2 goroutines, as the CPU backend does; B is packed beforehand.
func BenchmarkGemm(b *testing.B) {
	for _, s := range Sets() {
		for _, shape := range benchShapes {
			m, n, k := shape[0], shape[1], shape[2]
			r := rng(1)
			a, w, bias, c := random(r, m*k), random(r, n*k), random(r, n), make([]float32, m*n)
			packed := make([]float32, s.PackedLen(k, n))
			s.PackT(packed, w, n, k, k)
			for i := range c {
				c[i] = 1 // fresh pages would be mapped inside the measurement
			}
			for _, threads := range []int{1, 2} {
				if threads > m {
					continue
				}
				b.Run(fmt.Sprintf("op=gemm/m=%d/n=%d/k=%d/prec=f32/impl=%s/threads=%d", m, n, k, s.Name, threads), func(b *testing.B) {
					for b.Loop() {
						var wg sync.WaitGroup
						for w := range threads {
							lo, hi := w*m/threads, (w+1)*m/threads
							part := func() {
								s.Gemm(hi-lo, n, k, a[lo*k:], k, packed, c[lo*n:], n, Epilogue{Bias: bias})
							}
							if w < threads-1 {
								wg.Go(part)
							} else {
								part()
							}
						}
						wg.Wait()
					}
					gflops(b, 2*float64(m)*float64(n)*float64(k))
				})
			}
		}
	}
}

func gflops(b *testing.B, each float64) {
	b.ReportMetric(each*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// BenchmarkPeak is a tile whose operands stay in the first-level cache: what the multipliers give at most.
func BenchmarkPeak(b *testing.B) {
	for _, s := range Sets() {
		const k = 128
		a, packed, c := random(rng(1), s.mr*k), random(rng(2), s.nr*k), make([]float32, s.mr*s.nr)
		b.Run(fmt.Sprintf("op=peak/m=%d/n=%d/k=%d/prec=f32/impl=%s/threads=1", s.mr, s.nr, k, s.Name), func(b *testing.B) {
			for b.Loop() {
				s.Gemm(s.mr, s.nr, k, a, k, packed, c, s.nr, Epilogue{})
			}
			gflops(b, 2*float64(s.mr)*float64(s.nr)*k)
		})
	}
}

func BenchmarkVector(b *testing.B) {
	const n = 1536
	for _, s := range Sets() {
		x, y, z, dst := random(rng(1), n), random(rng(2), n), random(rng(3), n), make([]float32, n)
		for _, op := range []struct {
			name string
			run  func()
		}{
			{"gelu", func() { s.GELU(dst, x) }},
			{"gelu_grad", func() { s.GELUGrad(dst, x, y) }},
			{"exp", func() { s.Exp(dst, x) }},
			{"softmax", func() { s.Softmax(dst, x, 0.125) }},
			{"layer_norm", func() { s.LayerNorm(dst, x, y, z, 1e-5) }},
			{"add", func() { s.Add(dst, x, y) }},
			{"axpy", func() { s.Axpy(dst, 1e-9, x) }},
			{"dot", func() { s.Dot(x, y) }},
		} {
			b.Run(fmt.Sprintf("op=%s/n=%d/prec=f32/impl=%s", op.name, n, s.Name), func(b *testing.B) {
				for b.Loop() {
					op.run()
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/n, "ns/element")
			})
		}
	}
}

func BenchmarkPack(b *testing.B) {
	const n, k = 768, 768
	for _, s := range Sets() {
		w, dst := random(rng(1), n*k), make([]float32, s.PackedLen(k, n))
		b.Run(fmt.Sprintf("op=pack_t/n=%d/k=%d/prec=f32/impl=%s", n, k, s.Name), func(b *testing.B) {
			b.SetBytes(4 * n * k)
			for b.Loop() {
				s.PackT(dst, w, n, k, k)
			}
		})
		b.Run(fmt.Sprintf("op=pack_n/n=%d/k=%d/prec=f32/impl=%s", n, k, s.Name), func(b *testing.B) {
			b.SetBytes(4 * n * k)
			for b.Loop() {
				s.PackN(dst, w, k, n, n)
			}
		})
	}
}
