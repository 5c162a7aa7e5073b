package simd

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BLAS is gonum's BLAS with our matrix product for float32: inject it where a gonum BLAS is wanted. The zero value uses the fastest set.
//
// C is scaled by beta first, A by alpha, each with one rounding, and then the product accumulates into C as [Set.Gemm] does: the same bits for an
// element whatever m and n are. beta = 0 overwrites C without reading it; alpha = 0 reads neither A nor B.
type BLAS struct {
	gonum.Implementation
	Set *Set // nil means the fastest one
}

var _ blas.Float32Level3 = BLAS{}

// rowsAtOnce bounds the scratch for a transposed or scaled A.
const rowsAtOnce = 256

// Sgemm is C [m, n] = alpha·op(A)·op(B) + beta·C with op(A) [m, k] and op(B) [k, n].
func (l BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	ok := func(t blas.Transpose) bool { return t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans }
	if !ok(tA) || !ok(tB) || m <= 0 || n <= 0 || k <= 0 || alpha == 0 || badMatrix(tA != blas.NoTrans, m, k, lda, len(a)) ||
		badMatrix(tB != blas.NoTrans, k, n, ldb, len(b)) || badMatrix(false, m, n, ldc, len(c)) {
		// Empty products need no kernel, and bad arguments get gonum's own messages.
		l.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	s := l.Set
	if s == nil {
		s = sets[0]
	}
	packed := make([]float32, s.PackedLen(k, n))
	if tB == blas.NoTrans {
		s.PackN(packed, b, k, n, ldb)
	} else {
		s.PackT(packed, b, n, k, ldb)
	}
	if beta != 0 && beta != 1 {
		for i := range m {
			s.Scale(c[i*ldc:i*ldc+n], beta, c[i*ldc:i*ldc+n])
		}
	}
	ep := Epilogue{Accumulate: beta != 0}
	if tA == blas.NoTrans && alpha == 1 {
		s.Gemm(m, n, k, a, lda, packed, c, ldc, ep)
		return
	}
	scratch := make([]float32, min(m, rowsAtOnce)*k)
	for i := 0; i < m; i += rowsAtOnce {
		rows := min(rowsAtOnce, m-i)
		block := scratch[:rows*k]
		if tA == blas.NoTrans {
			for r := range rows {
				copy(block[r*k:(r+1)*k], a[(i+r)*lda:])
			}
		} else {
			s.Transpose(block, k, a[i:], lda, k, rows)
		}
		if alpha != 1 {
			s.Scale(block, alpha, block)
		}
		s.Gemm(rows, n, k, block, k, packed, c[i*ldc:], ldc, ep)
	}
}

func badMatrix(trans bool, rows, cols, ld, have int) bool {
	if trans {
		rows, cols = cols, rows
	}
	return ld < max(1, cols) || have < (rows-1)*ld+cols
}
