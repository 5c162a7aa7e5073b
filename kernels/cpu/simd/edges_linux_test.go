package simd

import (
	"math"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// atEdge copies x to the end of memory behind which nothing can be read or written: who does is killed.
func atEdge[T float32 | uint16 | uint8 | int8](t *testing.T, x []T) []T {
	t.Helper()
	page, bytes := os.Getpagesize(), len(x)*int(unsafe.Sizeof(T(0)))
	size := (bytes + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, size+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mem) })
	if err := unix.Mprotect(mem[size:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	if len(x) == 0 {
		return nil
	}
	y := unsafe.Slice((*T)(unsafe.Pointer(&mem[size-bytes])), len(x))
	copy(y, x)
	return y
}

// TestTilesAtEdge multiplies at random shapes with every operand at the end of its memory, and holds the products to the reference.
func TestTilesAtEdge(t *testing.T) {
	s := Sets()[0]
	if !s.HasAMX() {
		t.Skip("this machine has no AMX")
	}
	for seed := range 120 {
		t.Run("", func(t *testing.T) {
			r := rng(uint64(seed))
			m, n, k := 1+r.IntN(200), 1+r.IntN(130), 1+r.IntN(160)
			if r.IntN(8) == 0 {
				k += BFloat16KC - 40
			}
			flags, parts := r.IntN(8), 1+r.IntN(2)*(Float32Parts-1)
			g := newBFloat16Case(r, m, n, k, parts)
			if r.IntN(2) == 0 {
				g.tiny(r)
			}
			for range r.IntN(3) {
				g.x[r.IntN(m*k)] = []float32{float32(math.Inf(1)), 0x1p90, -0x1p127}[r.IntN(3)]
			}
			want := append([]float32(nil), g.start...)
			g.run(twin, g.packed(twin), want, n, 0, m, 0, n, flags, false)

			q := g.packed(s)
			if parts == 1 {
				q.one.data = atEdge(t, q.one.data)
			} else {
				q.three = atEdge(t, q.three)
			}
			got := atEdge(t, g.start)
			x, bias, res := atEdge(t, g.x), atEdge(t, g.bias), atEdge(t, g.res)
			var (
				rows BFloat16Rows
				room Room
			)
			ep := Epilogue{Accumulate: flags&1 != 0}
			if flags&2 != 0 {
				ep.Bias = bias
			}
			if flags&4 != 0 {
				ep.Res, ep.LdRes = res, n
			}
			var blocks []BFloat16Rows
			for k0 := 0; k0 < k; k0 += BFloat16KC {
				length := min(BFloat16KC, k-k0)
				rows.data = atEdge(t, make([]uint16, m*BFloat16Len(length, parts)))
				rows.Split(s, m, x, k, k0, length, parts)
				if blocks = append(blocks, rows); parts > 1 {
					s.PartsGemm(m, n, k, &rows, 0, q.three, 0, got, n, ep, &room)
				}
			}
			if parts == 1 {
				out := &BFloat16Out{C: got, Ld: n, Bias: ep.Bias, Res: ep.Res, LdRes: n}
				if flags&1 != 0 {
					half := atEdge(t, make([]uint16, m*n))
					out.C, out.Half = nil, half
					if out.Res != nil {
						out.Res, out.HalfRes = nil, atEdge(t, words(res))
					}
				}
				s.BFloat16Gemm(m, n, blocks, 0, q.one, 0, out, &room)
				for i, v := range out.Half {
					got[i] = fromBFloat16(v)
				}
			}
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
					t.Fatalf("[%d, %d, %d] in %d parts, flags %d: element %d is %g, want %g", m, n, k, parts, flags, i, got[i], want[i])
				}
			}

			i8 := newInt8Case(s, r, m, n, k)
			exact := make([]float32, m*n)
			Sets()[len(Sets())-1].Int8Gemm(m, n, i8.a, i8.rows, i8.q, 0, exact, n, Epilogue{}, &room)
			i8.q.data = atEdge(t, i8.q.data)
			c := atEdge(t, make([]float32, m*n))
			s.Int8Gemm(m, n, atEdge(t, i8.a), i8.rows, i8.q, 0, c, n, Epilogue{}, &room)
			sameBits(t, "in 8 bits", c, exact)
		})
	}
}

// TestPartsFewAtEdge holds few rows, all blocks of K at once, to the reference block by block: at random shapes with one block of tiles and more, steps that are not whole,
// rows that parts do not hold, and every operand at the end of its memory.
func TestPartsFewAtEdge(t *testing.T) {
	s := Sets()[0]
	if !s.HasAMX() {
		t.Skip("this machine has no AMX")
	}
	for seed := range 60 {
		t.Run("", func(t *testing.T) {
			r := rng(uint64(seed))
			m, n, k := 1+r.IntN(36), 1+r.IntN(130), 32*(1+r.IntN(6))
			switch r.IntN(6) {
			case 0:
				k -= r.IntN(32)
			case 1:
				k = BFloat16KC * (1 + r.IntN(2))
			case 2:
				k += BFloat16KC
			}
			flags := r.IntN(8)
			g := newBFloat16Case(r, m, n, k, Float32Parts)
			if r.IntN(6) == 0 {
				g.x[r.IntN(m*k)] = float32(math.Inf(1))
			}
			want := append([]float32(nil), g.start...)
			g.run(twin, g.packed(twin), want, n, 0, m, 0, n, flags, false)

			packed, got := atEdge(t, g.packed(s).three), atEdge(t, g.start)
			x, ep := atEdge(t, g.x), Epilogue{Accumulate: flags&1 != 0}
			if flags&2 != 0 {
				ep.Bias = atEdge(t, g.bias)
			}
			if flags&4 != 0 {
				ep.Res, ep.LdRes = atEdge(t, g.res), n
			}
			rows := make([]BFloat16Rows, (k+BFloat16KC-1)/BFloat16KC)
			for i := range rows {
				k0 := i * BFloat16KC
				length := min(BFloat16KC, k-k0)
				rows[i].data = atEdge(t, make([]uint16, m*BFloat16Len(length, Float32Parts)))
				rows[i].Split(s, m, x, k, k0, length, Float32Parts)
			}
			var room Room
			first := n / 2 / bfloat16Panel * bfloat16Panel // columns in two calls
			s.PartsGemmFew(m, first, k, rows, packed, 0, got, n, ep, &room)
			if ep.Bias != nil {
				ep.Bias = ep.Bias[first:]
			}
			if ep.Res != nil {
				ep.Res = ep.Res[first:]
			}
			s.PartsGemmFew(m, n-first, k, rows, packed, first, got[first:], n, ep, &room)
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
					t.Fatalf("[%d, %d, %d], flags %d: element %d is %g, want %g", m, n, k, flags, i, got[i], want[i])
				}
			}
		})
	}
}
