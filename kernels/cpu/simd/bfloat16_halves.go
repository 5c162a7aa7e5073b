package simd

import "unsafe"

// Operands that are bfloat16 already, as attention in bfloat16 has them.

// Reset makes q room for W [n, k], in the memory it has where that is enough.
func (q *BFloat16Weights) Reset(n, k int) {
	if n < 0 || k < 0 {
		fault("BFloat16Weights.Reset", "weights of shape [%d, %d]", n, k)
	}
	q.N, q.K = n, k
	need := (n + bfloat16Panel - 1) / bfloat16Panel * q.panelLen()
	if cap(q.data) < need {
		q.data = alignedWords(need + need/4)
	}
	q.data = q.data[:need]
}

// PackHalf packs B = Wᵀ for W [N, K] in bfloat16, with stride ldw.
func (q *BFloat16Weights) PackHalf(s *Set, w []uint16, ldw int) {
	matrix("BFloat16Weights.PackHalf", "W", len(w), q.N, q.K, ldw)
	for j := 0; j < q.N; j += bfloat16Panel {
		n, panel := min(bfloat16Panel, q.N-j), q.panel(j, 0)[:q.panelLen()]
		if n < bfloat16Panel || q.K%bfloat16Step != 0 {
			clear(panel)
		}
		if q.K > 1 && ldw%2 == 0 {
			// A pair of words is moved as one float32.
			s.transpose(pairs(panel), bfloat16Panel, pairs(w[j*ldw:]), ldw/2, n, q.K/2)
		} else {
			for c := range n {
				for p, v := range w[(j+c)*ldw:][:q.K&^1] {
					panel[p/2*2*bfloat16Panel+2*c+p&1] = v
				}
			}
		}
		if p := q.K - 1; q.K%2 != 0 {
			for c := range n {
				panel[p*bfloat16Panel+2*c] = w[(j+c)*ldw+p]
			}
		}
	}
}

// pairs is x, two words a number.
func pairs(x []uint16) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/2)
}

// PackHalfN packs B [K, N] in bfloat16, with stride ldb.
func (q *BFloat16Weights) PackHalfN(s *Set, b []uint16, ldb int) {
	matrix("BFloat16Weights.PackHalfN", "B", len(b), q.K, q.N, ldb)
	if q.K == 0 {
		return
	}
	pair := pairRowsGo
	if s.amx {
		pair = pairRowsNative
	}
	for j := 0; j < q.N; j += bfloat16Panel {
		n, panel := min(bfloat16Panel, q.N-j), q.panel(j, 0)[:q.panelLen()]
		clear(panel[q.K/2*2*bfloat16Panel:])
		pair(panel, b[j:], ldb, q.K/2, n)
		if p := q.K - 1; q.K%2 != 0 {
			for c, v := range b[p*ldb+j:][:n] {
				panel[p*bfloat16Panel+2*c] = v
			}
		}
	}
}

// pairRowsGo puts n columns of rows side by side, two and two, and fills 32 columns with zeros.
func pairRowsGo(dst, x []uint16, ld, pairs, n int) {
	for p := range pairs {
		row := dst[p*2*bfloat16Panel:][:2*bfloat16Panel]
		clear(row[2*n:])
		for c := range n {
			row[2*c], row[2*c+1] = x[2*p*ld+c], x[(2*p+1)*ld+c]
		}
	}
}

// Softmax makes a m rows of softmax(scale·x) for rows of k columns of x with stride ldx, rounded to bfloat16; scale is above 0. On AMX the exponentials are within 2⁻¹²
// of theirs, an eighth of what rounding may cost. x is used up.
func (a *BFloat16Rows) Softmax(s *Set, m int, x []float32, ldx, k int, scale float32) {
	a.Begin(m, x, ldx, 0, k, 1)
	if k == 0 {
		return
	}
	for r := range m {
		dst, row := a.data[r*a.stride:(r+1)*a.stride], x[r*ldx:][:k]
		if s.amx {
			softmaxHalfNative(dst, row, scale)
			continue
		}
		s.Softmax(row, row, scale)
		clear(dst[k/bfloat16Step*bfloat16Step:])
		roundRowGo(dst, row)
	}
}
