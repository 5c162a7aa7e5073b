package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// bfloat16Case is a product of A [m, k] and B = Wᵀ for W [n, k].
type bfloat16Case struct {
	m, n, k, parts int
	x, w           []float32
	bias, res      []float32
	start          []float32 // of C
}

func newBFloat16Case(r *rand.Rand, m, n, k, parts int) *bfloat16Case {
	return &bfloat16Case{m, n, k, parts, random(r, m*k), random(r, n*k), random(r, n), random(r, m*n), random(r, m*n)}
}

// tiny puts numbers in between whose parts are subnormal, or which are so themselves.
func (g *bfloat16Case) tiny(r *rand.Rand) *bfloat16Case {
	for _, x := range [][]float32{g.x, g.w} {
		for i := range x {
			if r.IntN(9) == 0 {
				x[i] = float32(math.Copysign(math.Exp2(-float64(100+r.IntN(49)))*(1+r.Float64()), r.Float64()-0.5))
			}
		}
	}
	return g
}

// bfloat16Packed is B, in the form for the number of parts.
type bfloat16Packed struct {
	one   *BFloat16Weights
	three []float32
}

func (g *bfloat16Case) packed(s *Set) (p bfloat16Packed) {
	if g.parts == 1 {
		p.one = NewBFloat16Weights(g.n, g.k)
		p.one.Pack(s, g.w, 0, g.n, g.k, make([]float32, p.one.Room()))
		return p
	}
	p.three = make([]float32, s.PackedLen(g.k, g.n))
	s.PackT(p.three, g.w, g.n, g.k, g.k)
	return p
}

// twin is the reference with panels as wide as those of AMX.
var twin = &Set{Name: "go, wide", isa: isaGo, mr: 2, nr: BFloat16PanelWidth, v: goVector}

// forBFloat16 runs a test on AMX, on the reference's other half, and on it.
func forBFloat16(t *testing.T, run func(t *testing.T, s *Set)) {
	forNames(t, []string{"amx"}, run)
	t.Run("go", func(t *testing.T) { run(t, twin) })
}

// run computes C for rows [r0, r1) and columns [j0, j1). Flags are 1: accumulate, in one part: C and residual are bfloat16; 2: bias; 4: residual.
func (g *bfloat16Case) run(s *Set, q bfloat16Packed, c []float32, ldc, r0, r1, j0, j1, flags int, inPlace bool) {
	if g.parts == 1 {
		g.runOne(s, q, c, ldc, r0, r1, j0, j1, flags, inPlace)
		return
	}
	ep := Epilogue{Accumulate: flags&1 != 0}
	if flags&2 != 0 {
		ep.Bias = g.bias[j0:j1]
	}
	at := r0*ldc + j0
	if flags&4 != 0 {
		ep.Res, ep.LdRes = g.res[min(r0*g.n+j0, len(g.res)):], g.n
		if inPlace {
			ep.Res, ep.LdRes = c[min(at, len(c)):], ldc
		}
	}
	var (
		rows BFloat16Rows
		room Room
	)
	for k0 := 0; k0 == 0 || k0 < g.k; k0 += BFloat16KC {
		rows.Split(s, r1-r0, g.x[r0*g.k:], g.k, k0, min(BFloat16KC, g.k-k0), g.parts)
		s.PartsGemm(r1-r0, j1-j0, g.k, &rows, 0, q.three, j0, c[min(at, len(c)):], ldc, ep, &room)
	}
}

// blocksOf are the blocks of K of rows [r0, r1), of one part.
func (g *bfloat16Case) blocksOf(s *Set, r0, r1 int) []BFloat16Rows {
	var rows []BFloat16Rows
	for k0 := 0; k0 < g.k; k0 += BFloat16KC {
		rows = append(rows, BFloat16Rows{})
		rows[len(rows)-1].Split(s, r1-r0, g.x[r0*g.k:], g.k, k0, min(BFloat16KC, g.k-k0), 1)
	}
	return rows
}

func (g *bfloat16Case) runOne(s *Set, q bfloat16Packed, c []float32, ldc, r0, r1, j0, j1, flags int, inPlace bool) {
	at := min(r0*ldc+j0, len(c))
	out := &BFloat16Out{C: c[at:], Ld: ldc, GELU: flags&8 != 0}
	if flags&2 != 0 {
		out.Bias = g.bias[j0:j1]
	}
	if flags&4 != 0 {
		out.Res, out.LdRes = g.res[min(r0*g.n+j0, len(g.res)):], g.n
		if inPlace {
			out.Res, out.LdRes = c[at:], ldc
		}
	}
	var half []uint16
	if flags&1 != 0 {
		half = words(c)
		out.C, out.Half = nil, half[at:]
		if out.Res != nil {
			out.HalfRes, out.Res = words(out.Res), nil
			if inPlace {
				out.HalfRes = out.Half
			}
		}
	}
	s.BFloat16Gemm(r1-r0, j1-j0, g.blocksOf(s, r0, r1), 0, q.one, j0, out, new(Room))
	for i := range half {
		if row := i - at; row >= 0 && row%ldc < j1-j0 && row/ldc < r1-r0 {
			c[i] = fromBFloat16(half[i])
		} else if half[i] != uint16(math.Float32bits(c[i])>>16) {
			panic(fmt.Sprintf("wrote word %d of %d", i, len(half)))
		}
	}
}

// words are the upper halves of numbers.
func words(x []float32) []uint16 {
	w := make([]uint16, len(x))
	for i, v := range x {
		w[i] = uint16(math.Float32bits(v) >> 16)
	}
	return w
}

// TestBFloat16Twin holds AMX to the bits of the reference on all small shapes, and both to what stands around C.
func TestBFloat16Twin(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		ref := twin
		widths, depths := []int{0, 1, 15, 16, 17, 31, 32, 33, 61, 65}, []int{0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 97}
		if !s.amx {
			widths, depths = []int{1, 33}, []int{1, 33}
		}
		for _, parts := range []int{1, Float32Parts} {
			for _, m := range []int{0, 1, 2, 15, 16, 17, 31, 32, 33, 49, 64, 70} {
				for _, n := range widths {
					for i, k := range depths {
						checkBFloat16(t, s, ref, newBFloat16Case(rng(uint64(m*10007+n*101+k)), m, n, k, parts).tiny(rng(3)), (m+n+i)%8, i%3)
					}
				}
			}
			for flags := range 8 {
				if s.amx {
					checkBFloat16(t, s, ref, newBFloat16Case(rng(5), 3, 34, 2*BFloat16KC+33, parts), flags, 1)
				}
				checkBFloat16(t, s, ref, newBFloat16Case(rng(6), 35, 37, 40, parts), flags, 2)
			}
		}
	})
}

func checkBFloat16(t *testing.T, s, ref *Set, g *bfloat16Case, flags, gap int) {
	t.Helper()
	want := append([]float32(nil), g.start...)
	g.run(ref, g.packed(ref), want, g.n, 0, g.m, 0, g.n, flags, false)
	for _, inPlace := range []bool{false, flags&5 == 4} {
		ldc := g.n + gap
		c := fence(max(0, (g.m-1)*ldc+g.n), gap)
		for i := range g.m {
			if inPlace {
				copy(c.x[i*ldc:], g.res[i*g.n:(i+1)*g.n])
			} else {
				copy(c.x[i*ldc:], g.start[i*g.n:(i+1)*g.n])
			}
		}
		g.run(s, g.packed(s), c.x, ldc, 0, g.m, 0, g.n, flags, inPlace)
		c.intact(t)
		for i := range g.m {
			what := fmt.Sprintf("[%d, %d, %d] in %d parts, flags %d, row %d", g.m, g.n, g.k, g.parts, flags, i)
			sameBits(t, what, c.x[i*ldc:i*ldc+g.n], want[i*g.n:(i+1)*g.n])
			if end := min((i+1)*ldc, len(c.x)); end > i*ldc+g.n {
				for _, v := range c.x[i*ldc+g.n : end] {
					if math.Float32bits(v) != math.Float32bits(guard) {
						t.Fatalf("%s: wrote behind the row", what)
					}
				}
			}
		}
	}
}

// TestBFloat16Precise: three parts are as precise as float32's multiply-adds; one part is as precise as its roundings are.
func TestBFloat16Precise(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		for _, k := range []int{1, 31, 32, 64, 500, BFloat16KC + 5, 3072} {
			if k > 600 && !s.amx {
				continue
			}
			g := newBFloat16Case(rng(uint64(k)), 5, 37, k, Float32Parts).tiny(rng(4))
			for i := range g.x { // wide ranges in one row
				g.x[i] *= float32(math.Exp2(float64(i%23) - 12))
			}
			bt := make([]float32, k*g.n)
			transpose(bt, g.n, g.w, k, g.n, k)
			c, one := make([]float32, g.m*g.n), make([]float32, g.m*g.n)
			g.run(s, g.packed(s), c, g.n, 0, g.m, 0, g.n, 0, false)
			g.parts = 1
			g.run(s, g.packed(s), one, g.n, 0, g.m, 0, g.n, 0, false)
			for i := range g.m {
				for j := range g.n {
					want, bound := product(g.x[i*k:], bt, k, g.n, j)
					bound += 0x1p-120 // subnormal numbers count as zero
					near(t, fmt.Sprintf("k = %d, (%d, %d)", k, i, j), c[i*g.n+j], want, bound, 0)
					sizes := bound / 0x1p-24 / float64(min(k, KC)/8+8)
					near(t, fmt.Sprintf("one part, k = %d, (%d, %d)", k, i, j), one[i*g.n+j], want, sizes*(0x1p-7+0x1p-16)+bound, 0)
				}
			}
		}
	})
}

// TestPartsBesideMultiplyAdds: on normal numbers, the error of products in parts, root of the mean square, is below that of multiply-adds.
func TestPartsBesideMultiplyAdds(t *testing.T) {
	forNames(t, []string{"amx"}, func(t *testing.T, s *Set) {
		for _, k := range []int{32, 64, 384, 768, 1536, 3072} {
			g := newBFloat16Case(rng(uint64(k)), 32, 64, k, Float32Parts)
			q := g.packed(s)
			parts, chains := make([]float32, g.m*g.n), make([]float32, g.m*g.n)
			g.run(s, q, parts, g.n, 0, g.m, 0, g.n, 0, false)
			s.Gemm(g.m, g.n, k, g.x, k, q.three, chains, g.n, Epilogue{})
			var x, y float64
			for i := range g.m {
				for j := range g.n {
					var want float64
					for p := range k {
						want += float64(g.x[i*k+p]) * float64(g.w[j*k+p])
					}
					x += math.Pow(float64(parts[i*g.n+j])-want, 2)
					y += math.Pow(float64(chains[i*g.n+j])-want, 2)
				}
			}
			t.Logf("k = %d: the error in parts is %.2f of that of multiply-adds", k, math.Sqrt(x/y))
			if !(x <= 0.7*y) {
				t.Errorf("k = %d: the error in parts is %.2f of that of multiply-adds", k, math.Sqrt(x/y))
			}
		}
	})
}

// TestBFloat16Split: the parts of a number make it up again, exactly.
func TestBFloat16Split(t *testing.T) {
	for _, c := range []struct {
		x    float32
		want uint16
	}{{1, 0x3f80}, {0x1.00fffep0, 0x3f80}, {0x1.01p0, 0x3f80}, {0x1.010002p0, 0x3f81}, {-0x1.03p0, 0xbf82}, {0, 0}, {0x1p-127, 0}, {math.MaxFloat32, 0x7f80},
		{float32(math.Inf(-1)), 0xff80}} {
		forBFloat16(t, func(t *testing.T, s *Set) {
			var a BFloat16Rows
			a.Split(s, 1, []float32{c.x}, 1, 0, 1, 1)
			if a.data[0] != c.want {
				t.Errorf("%x is rounded to %#x, want %#x", c.x, a.data[0], c.want)
			}
		})
	}
	r := rng(2)
	for range 100_000 {
		x := math.Float32frombits(r.Uint32()&^(0xff<<23) | uint32(30+r.IntN(190))<<23)
		var p [Float32Parts]uint16
		splitGo(p[:], x, Float32Parts, 1)
		if got := fromBFloat16(p[0]) + (fromBFloat16(p[1]) + fromBFloat16(p[2])); got != x {
			t.Fatalf("%x became %x, parts %x", x, got, p)
		}
	}
	for _, c := range []struct {
		x    float32
		want uint16
	}{{1, 0x3f80}, {0x1.00fffep0, 0x3f80}, {0x1.01p0, 0x3f81}, {-0x1.03p0, 0xbf82}, {0, 0}} {
		if got := toBFloat16(c.x); got != c.want {
			t.Errorf("%x is %#x in bfloat16, want %#x", c.x, got, c.want)
		}
	}
}

// TestBFloat16Odd: rows that parts do not hold are multiplied in float32, whatever their place, and change no other row.
func TestBFloat16Odd(t *testing.T) {
	const m, n, k = 70, 37, 45
	forBFloat16(t, func(t *testing.T, s *Set) {
		for _, parts := range []int{1, Float32Parts} {
			checkOdd(t, s, m, n, k, parts)
		}
		if s.amx {
			checkOdd(t, s, 5*m, 3*n, 2*k, Float32Parts) // so many rows take the next panel apart
		}
		// A row so small that its last part would be subnormal.
		g := newBFloat16Case(rng(8), 3, n, k, Float32Parts)
		for i := range k {
			g.x[k+i] *= 0x1p-120
		}
		got := make([]float32, 3*n)
		g.run(s, g.packed(s), got, n, 0, 3, 0, n, 0, false)
		bt := make([]float32, k*n)
		transpose(bt, n, g.w, k, n, k)
		for j := range n {
			sum, bound := product(g.x[k:], bt, k, n, j)
			near(t, "a small row", got[n+j], sum, bound, 0)
		}
	})
	for _, c := range []struct {
		x    float32
		want bool
	}{{1, true}, {-1, true}, {0, true}, {0x1p-21, false}, {-0x1p40, false}, {float32(math.Inf(1)), false}, {float32(math.NaN()), false}} {
		w := make([]float32, 66)
		w[65] = c.x
		forSets(t, func(t *testing.T, s *Set) {
			if PartsHold(s.Peak(w)) != c.want {
				t.Errorf("weights of %g: held is %t", c.x, !c.want)
			}
		})
	}
}

// checkOdd puts numbers that parts do not hold into some rows.
func checkOdd(t *testing.T, s *Set, m, n, k, parts int) {
	t.Helper()
	slack := 1.0
	if parts == 1 {
		slack = 0x1p14 // bfloat16's rounding of both operands, in float32's
	}
	for what, x := range map[string]float32{"Inf": float32(math.Inf(1)), "-Inf": float32(math.Inf(-1)), "NaN": float32(math.NaN()), "huge": 0x1p100, "largest": math.MaxFloat32, "zero": 0} {
		g := newBFloat16Case(rng(4), m, n, k, parts)
		for i := range g.w {
			g.w[i] = float32(math.Abs(float64(g.w[i]))) / 64
		}
		want := make([]float32, m*n)
		q := g.packed(s)
		g.run(s, q, want, n, 0, m, 0, n, 0, false)
		odd := []int{0, 15, 40, 69}
		for _, i := range odd {
			g.x[i*k+7] = x
		}
		got := make([]float32, m*n)
		g.run(s, q, got, n, 0, m, 0, n, 0, false)
		bt := make([]float32, k*n)
		transpose(bt, n, g.w, k, n, k)
		for i, at := 0, 0; i < m; i++ {
			if at < len(odd) && odd[at] == i {
				at++
				for j := range n {
					sum, bound := product(g.x[i*k:], bt, k, n, j)
					if parts == 1 && what == "largest" {
						sum = math.Inf(1) // so it is rounded
					}
					near(t, fmt.Sprintf("%d parts, %s: (%d, %d)", parts, what, i, j), got[i*n+j], sum, slack*bound, 0)
				}
				continue
			}
			sameBits(t, fmt.Sprintf("%s: row %d", what, i), got[i*n:(i+1)*n], want[i*n:(i+1)*n])
		}
	}
}

// TestBFloat16SameBits computes one product whole, then in splits of rows and panels.
func TestBFloat16SameBits(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		m, n, k := 181, 3*BFloat16PanelWidth+5, BFloat16KC+61
		if !s.amx {
			m, k = 5, 61
		}
		for _, parts := range []int{1, Float32Parts} {
			g := newBFloat16Case(rng(9), m, n, k, parts)
			q := g.packed(s)
			want := make([]float32, m*n)
			g.run(s, q, want, n, 0, m, 0, n, 6, false)
			for _, rows := range []int{1, 2, 15, 16, 31, 33, 64, 129, 160} {
				got := make([]float32, m*n)
				for j := 0; j < n; j += BFloat16PanelWidth {
					for i := 0; i < m; i += rows {
						g.run(s, q, got, n, i, min(i+rows, m), j, min(j+BFloat16PanelWidth, n), 6, false)
					}
				}
				sameBits(t, fmt.Sprintf("%d parts, %d rows at a time", parts, rows), got, want)
			}
		}
	})
}
