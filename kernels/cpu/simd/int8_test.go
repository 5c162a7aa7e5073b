package simd

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// int8Case is a product with what the oracle needs.
type int8Case struct {
	m, n, k     int
	x, w        []float32
	a           []uint8
	rows        []Int8Row
	q           *Int8Weights
	bias, resid []float32
}

func newInt8Case(s *Set, r *rand.Rand, m, n, k int) *int8Case {
	g := &int8Case{m: m, n: n, k: k, x: random(r, m*k), w: random(r, n*k), bias: random(r, n), resid: random(r, m*n)}
	g.pack(s)
	return g
}

func (g *int8Case) pack(s *Set) {
	stride := Int8Stride(g.k)
	g.a, g.rows = make([]uint8, g.m*stride), make([]Int8Row, g.m)
	for i := range g.a {
		g.a[i] = 0xff // what lies behind a row does not count
	}
	for i := range g.m {
		g.rows[i] = s.Int8Quantise(g.a[i*stride:(i+1)*stride], g.x[i*g.k:(i+1)*g.k])
	}
	g.q = NewInt8Weights(g.n, g.k)
	g.q.Pack(g.w, 0, g.n, g.k)
}

// want is element (i, j), with the sum in whole numbers from the definition, and float32's roundings by big.Float.
func (g *int8Case) want(i, j int, bias, res bool) float32 {
	sum := 0
	stride := Int8Stride(g.k)
	scale := g.columnScale(j)
	for p := range g.k {
		v := math.RoundToEven(float64(g.w[j*g.k+p] * (1 / scale)))
		sum += (int(g.a[i*stride+p]) - int(g.rows[i].Zero)) * int(v)
	}
	y := rounded(rounded(float64(float32(sum)), '*', float64(scale)), '*', float64(g.rows[i].Scale))
	if res {
		y = rounded(y, '+', float64(g.resid[i*g.n+j]))
	}
	if bias {
		y = rounded(y, '+', float64(g.bias[j]))
	}
	return float32(y)
}

func (g *int8Case) columnScale(j int) float32 {
	most := 0.0
	for _, v := range g.w[j*g.k : (j+1)*g.k] {
		most = max(most, math.Abs(float64(v)))
	}
	return max(float32(most)/127, 0x1p-120)
}

// rounded is one operation with one rounding to float32.
func rounded(a float64, op byte, b float64) float64 {
	x, y, z := big.NewFloat(a), big.NewFloat(b), new(big.Float).SetPrec(200)
	if op == '*' {
		z.Mul(x, y)
	} else {
		z.Add(x, y)
	}
	v, _ := z.Float32()
	return float64(v)
}

// TestInt8GemmExact holds every element at all small shapes to the definition, bit by bit, and leaves what is around C alone.
func TestInt8GemmExact(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for _, m := range []int{0, 1, 2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 28, 29} {
			for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 61} {
				for _, k := range []int{0, 1, 2, 3, 4, 5, 15, 16, 17, 19} {
					checkInt8(t, s, m, n, k)
				}
			}
		}
		if !testing.Short() {
			checkInt8(t, s, 3, 34, 3072)
			checkInt8(t, s, 15, 5, 769)
		}
	})
}

func checkInt8(t *testing.T, s *Set, m, n, k int) {
	t.Helper()
	g := newInt8Case(s, rng(uint64(m*10007+n*101+k)), m, n, k)
	for flags := range 4 {
		shift := flags
		ldc := n + flags
		c := fence(max(0, (m-1)*ldc+n), shift)
		ep := Epilogue{}
		if flags&1 != 0 {
			ep.Bias = g.bias
		}
		if flags&2 != 0 {
			for i := range m { // the residual is C itself
				copy(c.x[i*ldc:], g.resid[i*n:(i+1)*n])
			}
			ep.Res, ep.LdRes = c.x, ldc
		}
		s.Int8Gemm(m, n, g.a, g.rows, g.q, 0, c.x, ldc, ep, new(Room))
		c.intact(t)
		for i := range m {
			for j := range min(ldc, len(c.x)-i*ldc) {
				got := c.x[i*ldc+j]
				want := guard
				if j < n {
					want = g.want(i, j, flags&1 != 0, flags&2 != 0)
				}
				if math.Float32bits(got) != math.Float32bits(want) {
					t.Fatalf("[%d, %d, %d] flags %d: (%d, %d) is %v, want %v", m, n, k, flags, i, j, got, want)
				}
			}
		}
	}
}

// TestInt8SameBits computes one product whole, then in splits of rows and panels, then row by row on every set.
func TestInt8SameBits(t *testing.T) {
	const m, n, k = 45, 3*Int8PanelWidth + 5, 387
	ref, _ := Lookup("go")
	g := newInt8Case(ref, rng(9), m, n, k)
	want := make([]float32, m*n)
	ref.Int8Gemm(m, n, g.a, g.rows, g.q, 0, want, n, Epilogue{Bias: g.bias, Res: g.resid, LdRes: n}, new(Room))
	forSets(t, func(t *testing.T, s *Set) {
		stride := Int8Stride(k)
		got := make([]float32, m*n)
		for _, rows := range []int{1, 2, 7, 14, 17, m} {
			for j := 0; j < n; j += Int8PanelWidth {
				cols := min(Int8PanelWidth, n-j)
				for i := 0; i < m; i += rows {
					r := min(rows, m-i)
					s.Int8Gemm(r, cols, g.a[i*stride:], g.rows[i:], g.q, j, got[i*n+j:], n, Epilogue{Bias: g.bias[j:], Res: g.resid[i*n+j:], LdRes: n}, new(Room))
				}
			}
			sameBits(t, fmt.Sprintf("%d rows at a time", rows), got, want)
		}
		again := newInt8Case(s, rng(9), m, n, k)
		for i, r := range again.rows {
			if r != g.rows[i] {
				t.Fatalf("row %d is quantised as %+v, by the reference as %+v", i, r, g.rows[i])
			}
			for p := range k {
				if again.a[i*stride+p] != g.a[i*stride+p] {
					t.Fatalf("row %d: %d at %d, %d by the reference", i, again.a[i*stride+p], p, g.a[i*stride+p])
				}
			}
		}
	})
}

// TestInt8Quantise holds each number to half a step in float64, at all lengths, with rows of one sign, of one value, tiny and huge.
func TestInt8Quantise(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for n := range 100 {
			for kind, shape := range map[string]func(v float64) float64{
				"normal":    func(v float64) float64 { return v },
				"one sign":  math.Abs,
				"negative":  func(v float64) float64 { return -math.Abs(v) - 3 },
				"far":       func(v float64) float64 { return 1000 + v },
				"gelu":      func(v float64) float64 { return v * phi(v) },
				"constant":  func(float64) float64 { return -2.5 },
				"zero":      func(float64) float64 { return 0 },
				"tiny":      func(v float64) float64 { return v * 1e-36 },
				"denormal":  func(v float64) float64 { return v * 1e-41 },
				"huge":      func(v float64) float64 { return v * 5e37 },
				"halves":    func(v float64) float64 { return math.Round(v*4) / 2 },
				"two signs": func(v float64) float64 { return math.Copysign(1, v) },
			} {
				x := random(rng(uint64(n)), n)
				lo, hi := 0.0, 0.0
				for i, v := range x {
					x[i] = float32(shape(float64(v)))
					lo, hi = min(lo, float64(x[i])), max(hi, float64(x[i]))
				}
				dst := make([]uint8, n+9)
				for i := range dst {
					dst[i] = 0xa5
				}
				row := s.Int8Quantise(dst[:n], x)
				for _, v := range dst[n:] {
					if v != 0xa5 {
						t.Fatalf("%s, %d: wrote behind the row", kind, n)
					}
				}
				step := max((hi-lo)/254, 0x1p-120)
				near(t, kind+": scale", row.Scale, step, 0, 2*ulp)
				if row.Zero < 0 || row.Zero > 255 {
					t.Fatalf("%s: zero is %d", kind, row.Zero)
				}
				for i, v := range x {
					back := float64(int32(dst[i])-row.Zero) * float64(row.Scale)
					if !(math.Abs(back-float64(v)) <= 0.50005*step) {
						t.Fatalf("%s, %d: %g became %g, step %g", kind, n, v, back, step)
					}
				}
			}
		}
	})
}

// TestInt8NotFinite: a NaN or an Inf makes its row, or its column, NaN, and nothing else.
func TestInt8NotFinite(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			for _, k := range []int{1, 3, 16, 17, 70} {
				for at := range k {
					const m, n = 15, 37
					g := newInt8Case(s, rng(2), m, n, k)
					g.x[4*k+at], g.w[33*k+at] = bad, bad
					g.pack(s)
					c := make([]float32, m*n)
					s.Int8Gemm(m, n, g.a, g.rows, g.q, 0, c, n, Epilogue{Bias: g.bias}, new(Room))
					for i := range m {
						for j := range n {
							got := c[i*n+j]
							if i == 4 || j == 33 {
								if got == got {
									t.Fatalf("%g at %d: (%d, %d) is %g, want NaN", bad, at, i, j, got)
								}
							} else if want := g.want(i, j, true, false); got != want {
								t.Fatalf("%g at %d: (%d, %d) is %g, want %g", bad, at, i, j, got, want)
							}
						}
					}
				}
			}
		}
	})
}

// TestInt8Extremes: the largest K of the largest numbers still fits int32.
func TestInt8Extremes(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		const k = Int8MaxK
		for _, sign := range []float32{1, -1} {
			x, w := make([]float32, k), make([]float32, k)
			for i := range x {
				x[i], w[i] = 2, sign
			}
			g := &int8Case{m: 1, n: 1, k: k, x: x, w: w}
			g.pack(s)
			c := make([]float32, 1)
			s.Int8Gemm(1, 1, g.a, g.rows, g.q, 0, c, 1, Epilogue{}, new(Room))
			near(t, "sum", c[0], float64(sign)*2*k, 0, 4*ulp)
		}
	})
}
