package simd

import (
	"fmt"
	"sync"
	"testing"
)

// BenchmarkBFloat16 measures products on AMX, taking rows apart included: prec=f32 in three parts; prec=bf16 in one, to bfloat16, with GELU where N is larger than K. Beside them stands BenchmarkGemm.
func BenchmarkBFloat16(b *testing.B) {
	s := Sets()[0]
	if !s.amx {
		b.Skip("no AMX")
	}
	for _, shape := range append([][3]int{{32, 768, 768}, {32, 3072, 768}, {32, 768, 3072}}, benchShapes...) {
		m, n, k := shape[0], shape[1], shape[2]
		for _, parts := range []int{Float32Parts, 1} {
			g := newBFloat16Case(rng(1), m, n, k, parts)
			q, c := g.packed(s), make([]float32, m*n)
			half := make([]uint16, m*n)
			for i := range c {
				c[i], half[i] = 1, 1 // fresh pages would be mapped inside the measurement
			}
			prec := map[int]string{1: "bf16", Float32Parts: "f32"}[parts]
			for _, threads := range []int{1, 2} {
				if threads > m {
					continue
				}
				b.Run(fmt.Sprintf("op=gemm/m=%d/n=%d/k=%d/prec=%s/impl=amx/threads=%d", m, n, k, prec, threads), func(b *testing.B) {
					rows, room := make([][]BFloat16Rows, threads), make([]Room, threads)
					for w := range rows {
						rows[w] = make([]BFloat16Rows, (k+BFloat16KC-1)/BFloat16KC)
					}
					for b.Loop() {
						var wg sync.WaitGroup
						for w := range threads {
							lo, hi := w*m/threads, (w+1)*m/threads
							wg.Go(func() {
								const block = 192
								for i := lo; i < hi; i += block {
									end := min(i+block, hi)
									for b := range rows[w] {
										k0, a := b*BFloat16KC, &rows[w][b]
										a.Split(s, end-i, g.x[i*k:], k, k0, min(BFloat16KC, k-k0), parts)
										if parts > 1 {
											s.PartsGemm(end-i, n, k, a, 0, q.three, 0, c[i*n:], n, Epilogue{Bias: g.bias}, &room[w])
										}
									}
									if parts == 1 {
										s.BFloat16Gemm(end-i, n, rows[w], 0, q.one, 0, &BFloat16Out{Half: half[i*n:], Ld: n, Bias: g.bias, GELU: n > k}, &room[w])
									}
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
