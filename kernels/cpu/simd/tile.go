//go:build (amd64 || arm64) && !noasm

package simd

import "unsafe"

// tile is what a tile routine reads: rows rows of A times one panel over one block of K, into C. Strides are in bytes.
type tile struct {
	a     *float32
	lda   int
	b     *float32
	k     int
	c     *float32
	ldc   int
	res   *float32
	ldres int
	bias  *float32
	rows  int
	flags int
	mask  int     // AVX-512: one bit a column; AVX2: the number of columns; NEON writes whole panels
	next  uintptr // what AVX-512 and AVX2 fetch: in an unrolled step as many bytes as it reads of the panel, …
	pace  int     // … and the bytes by which that moves on
}

const (
	haveC    = 1
	haveRes  = 2
	haveBias = 4
	ragged   = 8 // fewer columns than the panel has, on AVX2

	// of bfloat16 on AMX
	haveHalfRes = 16 // the residual is bfloat16
	haveGELU    = 32
	toHalf      = 64 // C is bfloat16
)

const (
	// nc bounds the columns of B that a block of K touches, so that KC·nc floats stay in the second-level cache.
	nc = 384
	// fewFloats of A stay in the second-level cache whatever goes by.
	fewFloats = 1 << 17
	// ahead is how many bytes before its use a panel is fetched. The processor fetches by itself within a page, and a block of K of a panel is 12 or more.
	ahead = 4096
)

// gemmTiles walks B in blocks of KC rows and nc columns. Within one, a few rows of A stay in the first-level cache while the panels go by. Where all of A
// stays in the second, it meets one panel after the other instead, in the order in which they lie in memory.
func (s *Set) gemmTiles(m, n, k int, a []float32, lda int, packed, c []float32, ldc int, ep Epilogue) {
	t := tile{lda: 4 * lda, ldc: 4 * ldc, ldres: 4 * ep.LdRes}
	blocks := (m + s.mr - 1) / s.mr
	width, parts := nc, 1
	if m*k <= fewFloats {
		width, parts = s.nr, blocks
	}
	for j0 := 0; j0 < n; j0 += width {
		j1 := min(j0+width, n)
		for p := 0; p < k; p += KC {
			t.k = min(KC, k-p)
			first, last := p == 0, p+t.k == k
			for r := range blocks {
				// Even blocks: 16 rows are 8 and 8, for a tile of few rows leaves the multipliers waiting.
				i, end := r*m/blocks, (r+1)*m/blocks
				t.rows = end - i
				t.a = &a[i*lda+p]
				for j := j0; j < j1; j += s.nr {
					t.b = &packed[j*k+p*s.nr]
					t.fetch(s.nr, r, parts)
					t.c = &c[i*ldc+j]
					t.flags = 0
					if !first || ep.Accumulate {
						t.flags = haveC
					}
					if first && ep.Res != nil {
						t.flags |= haveRes
						t.res = &ep.Res[i*ep.LdRes+j]
					}
					if last && ep.Bias != nil {
						t.flags |= haveBias
						t.bias = &ep.Bias[j]
					}
					s.runTile(&t, min(s.nr, n-j))
				}
			}
		}
	}
}

// fetch has a tile fetch a part of the next block of its panel, so that all tiles of the present one share in it evenly, and memory is never idle; or, if there is but
// one part, its own.
func (t *tile) fetch(nr, part, parts int) {
	at, step := uintptr(unsafe.Pointer(t.b)), 4*unroll*nr
	if parts == 1 {
		t.next, t.pace = at+ahead, step
		return
	}
	t.pace = (step/parts + 63) / 64 * 64
	t.next = at + uintptr(4*t.k*nr+part*(t.k/unroll)*t.pace)
}
