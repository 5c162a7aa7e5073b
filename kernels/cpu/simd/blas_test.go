package simd

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/blas/testblas"
)

// widened gives Sgemm the face of Dgemm, whose suite gonum publishes; its cases are short decimals, so that a float32 result
// rounded to seven digits is what the suite expects to fourteen.
type widened struct{ BLAS }

func (l widened) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	narrow := func(x []float64) []float32 {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = float32(v)
		}
		return y
	}
	c32 := narrow(c)
	l.Sgemm(tA, tB, m, n, k, float32(alpha), narrow(a), lda, narrow(b), ldb, float32(beta), c32, ldc)
	for i, v := range c32 {
		digits := math.Round(float64(v)*1e3) / 1e3
		if math.Abs(digits-float64(v)) > 1e-5*max(1, math.Abs(digits)) {
			digits = float64(v) // not close to a short decimal: let the suite see it
		}
		c[i] = digits
	}
}

func TestGonumSuite(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) { testblas.TestDgemm(t, widened{BLAS{Set: s}}) })
}

// TestSgemm compares with gonum's own Sgemm, which it replaces, and a bound of both errors.
func TestSgemm(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		ours, ref := BLAS{Set: s}, gonum.Implementation{}
		r := rng(9)
		for _, d := range [][3]int{{0, 3, 3}, {3, 0, 3}, {3, 3, 0}, {1, 1, 1}, {1, 5, 3}, {2, 33, 16}, {15, 31, 17}, {29, 17, 400}, {rowsAtOnce + 3, 5, 9}} {
			m, n, k := d[0], d[1], d[2]
			for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans} {
				for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans} {
					for _, alpha := range []float32{0, 1, -0.75} {
						for _, beta := range []float32{0, 1, 1.5} {
							ra, ca, rb, cb := m, k, k, n
							if tA != blas.NoTrans {
								ra, ca = k, m
							}
							if tB != blas.NoTrans {
								rb, cb = n, k
							}
							lda, ldb, ldc := max(1, ca+2), max(1, cb+1), max(1, n+3)
							a, b := random(r, max(0, (ra-1)*lda+ca)), random(r, max(0, (rb-1)*ldb+cb))
							c := fenceOf(random(r, max(0, (m-1)*ldc+n)), 1)
							want := append([]float32(nil), c.x...)
							ours.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c.x, ldc)
							c.intact(t)
							ref.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, want, ldc)
							for i := range want {
								near(t, fmt.Sprint(d, tA, tB, alpha, beta, i), c.x[i], float64(want[i]), 3e-6*math.Sqrt(float64(k+1)), 1e-5)
							}
						}
					}
				}
			}
		}
	})
}

// TestSgemmBeta0 overwrites what C held, NaN or not.
func TestSgemmBeta0(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		c := []float32{float32(math.NaN()), float32(math.Inf(1))}
		BLAS{Set: s}.Sgemm(blas.NoTrans, blas.NoTrans, 1, 2, 1, 2, []float32{3}, 1, []float32{5, 7}, 2, 0, c, 2)
		sameBits(t, "C", c, []float32{30, 42})
	})
}

// TestSgemmBadArguments keeps gonum's panics.
func TestSgemmBadArguments(t *testing.T) {
	x := make([]float32, 4)
	for name, call := range map[string]func(){
		"transpose": func() { BLAS{}.Sgemm('x', blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x, 2) },
		"rows":      func() { BLAS{}.Sgemm(blas.NoTrans, blas.NoTrans, -1, 2, 2, 1, x, 2, x, 2, 0, x, 2) },
		"stride":    func() { BLAS{}.Sgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 1, x, 2, 0, x, 2) },
		"short C":   func() { BLAS{}.Sgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x[:3], 2) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}
