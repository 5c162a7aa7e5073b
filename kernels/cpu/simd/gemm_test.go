package simd

import (
	"fmt"
	"math"
	"testing"
)

// product is one element of the product in float64, and the bound of its error in float32.
func product(a, b []float32, k, ldb, j int, terms ...float32) (want, bound float64) {
	for p := range k {
		x := float64(a[p]) * float64(b[p*ldb+j])
		want += x
		bound += math.Abs(x)
	}
	for _, v := range terms {
		want += float64(v)
		bound += math.Abs(float64(v))
	}
	return want, bound * 0x1p-24 * float64(min(k, KC)/8+8)
}

type gemmCase struct {
	m, n, k       int
	acc, bias     bool
	res, resIsC   bool
	shift, stride int // unaligned start, and what strides exceed widths by
}

func (g gemmCase) String() string { return fmt.Sprintf("%+v", struct{ gemmCase any }{g.plain()}) }

func (g gemmCase) plain() any { type p gemmCase; return p(g) }

func checkGemm(t *testing.T, s *Set, g gemmCase) {
	t.Helper()
	r := rng(uint64(g.m*1_000_003 + g.n*1009 + g.k))
	lda, ldc, ldr, ldw := g.k+g.stride, g.n+g.stride, g.n+2*g.stride, g.k+g.stride
	a := fenceOf(random(r, max(0, (g.m-1)*lda+g.k)), g.shift)
	w := fenceOf(random(r, max(0, (g.n-1)*ldw+g.k)), g.shift)
	c := fenceOf(random(r, max(0, (g.m-1)*ldc+g.n)), g.shift)
	before := append([]float32(nil), c.x...)
	bt := make([]float32, g.k*g.n)
	transpose(bt, g.n, w.x, ldw, g.n, g.k)
	packed := fence(s.PackedLen(g.k, g.n), g.shift)
	s.PackT(packed.x, w.x, g.n, g.k, ldw)
	packed.intact(t)
	again := fence(len(packed.x), 0)
	s.PackN(again.x, bt, g.k, g.n, g.n)
	again.intact(t)
	sameBits(t, "PackN against PackT", again.x, packed.x)

	ep := Epilogue{Accumulate: g.acc}
	if g.bias {
		ep.Bias = fenceOf(random(r, g.n), g.shift).x
	}
	if g.res {
		ep.Res, ep.LdRes = random(r, max(0, (g.m-1)*ldr+g.n)), ldr
	}
	if g.resIsC {
		ep.Res, ep.LdRes = c.x, ldc
	}
	res := append([]float32(nil), ep.Res...)
	s.Gemm(g.m, g.n, g.k, a.x, lda, packed.x, c.x, ldc, ep)
	c.intact(t)
	for i := range g.m {
		for j := range ldc {
			at := i*ldc + j
			if at >= len(c.x) {
				break
			}
			if j >= g.n {
				sameBits(t, g.String()+" gap between rows", c.x[at:at+1], before[at:at+1])
				continue
			}
			var terms []float32
			if g.acc {
				terms = append(terms, before[at])
			}
			if g.bias {
				terms = append(terms, ep.Bias[j])
			}
			if ep.Res != nil {
				terms = append(terms, res[i*ep.LdRes+j])
			}
			want, bound := product(a.x[i*lda:], bt, g.k, g.n, j, terms...)
			near(t, fmt.Sprintf("%v [%d, %d]", g, i, j), c.x[at], want, bound, 0)
		}
	}
}

func TestGemmSmall(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for m := range 2*s.mr + 2 {
			for _, n := range []int{0, 1, 2, 3, s.nr/2 - 1, s.nr / 2, s.nr/2 + 1, s.nr - 1, s.nr, s.nr + 1, 61} {
				for _, k := range []int{0, 1, 2, 3, 4, 5, 7, 8, 31} {
					checkGemm(t, s, gemmCase{m: m, n: n, k: k})
					checkGemm(t, s, gemmCase{m: m, n: n, k: k, acc: m%2 == 0, bias: n%2 == 1, res: k%2 == 0, shift: 1 + m%3, stride: 1 + n%4})
				}
			}
		}
	})
}

func TestGemmEveryWidth(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for n := range 2*s.nr + 2 {
			for _, m := range []int{1, s.mr, s.mr + 1} {
				checkGemm(t, s, gemmCase{m: m, n: n, k: 9, acc: true, bias: true, res: true, shift: 3, stride: 5})
			}
		}
	})
}

func TestGemmBlocks(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		for _, k := range []int{KC - 1, KC, KC + 1, 2 * KC, 2*KC + 3} {
			for flags := range 8 {
				g := gemmCase{m: 5, n: 37, k: k, acc: flags&1 != 0, bias: flags&2 != 0, res: flags&4 != 0}
				checkGemm(t, s, g)
				if g.res {
					g.res, g.resIsC = false, true
					checkGemm(t, s, g)
				}
			}
		}
		checkGemm(t, s, gemmCase{m: 3, n: 2*384 + 5, k: KC + 1, bias: true, stride: 3})
	})
}

// TestGemmSameBits computes one product whole, then in every split of its rows and columns.
func TestGemmSameBits(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		const m, n, k = 61, 101, KC + 61
		r := rng(7)
		a, w, bias, res := random(r, m*k), random(r, n*k), random(r, n), random(r, m*n)
		packed := make([]float32, s.PackedLen(k, n))
		s.PackT(packed, w, n, k, k)
		want := random(r, m*n)
		start := append([]float32(nil), want...)
		s.Gemm(m, n, k, a, k, packed, want, n, Epilogue{Accumulate: true, Bias: bias, Res: res, LdRes: n})

		for _, rows := range []int{1, 2, 3, 5, s.mr - 1, s.mr, s.mr + 1, 17, 30} {
			got := append([]float32(nil), start...)
			for i := 0; i < m; i += rows {
				s.Gemm(min(rows, m-i), n, k, a[i*k:], k, packed, got[i*n:], n, Epilogue{Accumulate: true, Bias: bias, Res: res[i*n:], LdRes: n})
			}
			sameBits(t, fmt.Sprintf("%d rows at a time", rows), got, want)
		}
		for _, cols := range []int{1, 2, 7, s.nr - 1, s.nr, s.nr + 1, 61} {
			got := append([]float32(nil), start...)
			for j := 0; j < n; j += cols {
				c := min(cols, n-j)
				part := make([]float32, s.PackedLen(k, c))
				s.PackT(part, w[j*k:], c, k, k)
				s.Gemm(m, c, k, a, k, part, got[j:], n, Epilogue{Accumulate: true, Bias: bias[j:], Res: res[j:], LdRes: n})
			}
			sameBits(t, fmt.Sprintf("%d columns at a time", cols), got, want)
		}
		// A panel of the whole matrix, as a thread takes it.
		got := append([]float32(nil), start...)
		for j := 0; j < n; j += s.nr {
			s.Gemm(m, min(s.nr, n-j), k, a, k, packed[j*k:], got[j:], n, Epilogue{Accumulate: true, Bias: bias[j:], Res: res[j:], LdRes: n})
		}
		sameBits(t, "panel by panel", got, want)
	})
}

// TestGemmAssemblyAgrees holds the two assembly sets to the same bits: they sum in the same order.
func TestGemmAssemblyAgrees(t *testing.T) {
	x, err := Lookup("avx512")
	if err != nil {
		t.Skip(err)
	}
	y, err := Lookup("avx2")
	if err != nil {
		t.Skip(err)
	}
	const m, n, k = 19, 45, 2*KC + 5
	r := rng(3)
	a, w, bias := random(r, m*k), random(r, n*k), random(r, n)
	var out [2][]float32
	for i, s := range []*Set{x, y} {
		packed := make([]float32, s.PackedLen(k, n))
		s.PackT(packed, w, n, k, k)
		out[i] = make([]float32, m*n)
		s.Gemm(m, n, k, a, k, packed, out[i], n, Epilogue{Bias: bias})
	}
	sameBits(t, "avx512 against avx2", out[0], out[1])
}

// TestGemmNaN puts NaN and Inf into A and B: they reach exactly their row or column, and meet zeros as IEEE says.
func TestGemmNaN(t *testing.T) {
	forSets(t, func(t *testing.T, s *Set) {
		const m, n, k = 17, 40, 21
		nan, inf := float32(math.NaN()), float32(math.Inf(1))
		a, b := make([]float32, m*k), make([]float32, k*n)
		for i := range b {
			b[i] = 1
		}
		a[2*k+20], a[5*k] = nan, inf
		b[3*n+7] = inf // meets zeros of A: NaN
		packed := make([]float32, s.PackedLen(k, n))
		s.PackN(packed, b, k, n, n)
		c := make([]float32, m*n)
		for i := range c {
			c[i] = nan // not accumulated, so not seen
		}
		s.Gemm(m, n, k, a, k, packed, c, n, Epilogue{})
		for i := range m {
			for j := range n {
				want := 0.0
				switch {
				case i == 2 || j == 7:
					want = math.NaN()
				case i == 5:
					want = math.Inf(1)
				}
				near(t, fmt.Sprintf("[%d, %d]", i, j), c[i*n+j], want, 0, 0)
			}
		}
	})
}

func TestTranspose(t *testing.T) {
	for _, s := range Sets() {
		for rows := range 20 {
			for _, cols := range []int{0, 1, 3, 4, 8, 15, 16, 17, 63, 64, 65, 130} {
				lds, ldd := cols+rows%3, rows+cols%4
				src := random(rng(uint64(rows)), rows*lds)
				dst := fence(max(0, (cols-1)*ldd+rows), rows%5)
				s.Transpose(dst.x, ldd, src, lds, rows, cols)
				dst.intact(t)
				for i := range cols {
					for j := range ldd {
						if at := i*ldd + j; at < len(dst.x) {
							want := guard
							if j < rows {
								want = src[j*lds+i]
							}
							sameBits(t, fmt.Sprint(s.Name, rows, cols, i, j), dst.x[at:at+1], []float32{want})
						}
					}
				}
			}
		}
	}
}
