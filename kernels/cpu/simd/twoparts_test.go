package simd

import (
	"fmt"
	"math"
	"testing"
)

// shortened leaves numbers of bits significant bits.
func shortened(x []float32, bits int) []float32 {
	for i, v := range x {
		x[i] = math.Float32frombits(math.Float32bits(v) &^ (1<<(24-bits) - 1))
	}
	return x
}

// twoParts is C for all of g, whose weights two parts hold, as [Set.TwoPartsGemm] computes it.
func (g *bfloat16Case) twoParts(s *Set, packed, c []float32, ep Epilogue) {
	var (
		rows BFloat16Rows
		room Room
	)
	for k0 := 0; k0 == 0 || k0 < g.k; k0 += BFloat16KC {
		rows.Split(s, g.m, g.x, g.k, k0, min(BFloat16KC, g.k-k0), g.parts)
		s.TwoPartsGemm(g.m, g.n, g.k, &rows, 0, packed, 0, c, g.n, ep, &room)
	}
}

// TestTwoParts: weights of 16 bits and less give the same bits taken apart into two parts as into three, on all small shapes, with rows that parts do not hold
// among others.
func TestTwoParts(t *testing.T) {
	forBFloat16(t, func(t *testing.T, s *Set) {
		shapes, depths := []int{0, 1, 16, 17, 32, 33, 65, 170}, []int{0, 32, 64, 96, 384, BFloat16KC + 32}
		if !s.amx {
			shapes, depths = []int{1, 33}, []int{32, 64}
		}
		for _, m := range shapes {
			for _, n := range shapes {
				for i, k := range depths {
					flags := (m + n + i) % 8
					g := newBFloat16Case(rng(uint64(m*10007+n*101+k)), m, n, k, Float32Parts)
					shortened(g.w, 16-5*(i%2))
					if m > 0 && k > 0 && i == 1 {
						g.x[(m-1)*k+7] = float32(math.Inf(-1))
					}
					want := append([]float32(nil), g.start...)
					q := g.packed(s)
					g.run(s, q, want, n, 0, m, 0, n, flags, false)
					ep := Epilogue{Accumulate: flags&1 != 0}
					if flags&2 != 0 {
						ep.Bias = g.bias
					}
					if flags&4 != 0 {
						ep.Res, ep.LdRes = g.res, n
					}
					got := append([]float32(nil), g.start...)
					s.TakeApart(q.three, k)
					g.twoParts(s, q.three, got, ep)
					what := fmt.Sprintf("[%d, %d, %d], flags %d", m, n, k, flags)
					for e := range want {
						if want[e] != got[e] && (want[e] == want[e] || got[e] == got[e]) {
							t.Fatalf("%s: element %d is %g, want %g", what, e, got[e], want[e])
						}
					}
				}
			}
		}
	})
}

// TestTwoPartsTwin holds AMX to the bits of the reference, numbers included whose parts are subnormal.
func TestTwoPartsTwin(t *testing.T) {
	forNames(t, []string{"amx"}, func(t *testing.T, s *Set) {
		for i, shape := range [][3]int{{1, 1, 32}, {33, 40, 96}, {70, 33, 64}, {5, 31, BFloat16KC + 32}} {
			g := newBFloat16Case(rng(uint64(i)), shape[0], shape[1], shape[2], Float32Parts).tiny(rng(7))
			shortened(g.w, 16)
			var packed, c [2][]float32
			for j, set := range []*Set{s, twin} {
				packed[j], c[j] = g.packed(set).three, append([]float32(nil), g.start...)
				set.TakeApart(packed[j], g.k)
				g.twoParts(set, packed[j], c[j], Epilogue{Accumulate: true, Bias: g.bias})
			}
			sameBits(t, fmt.Sprint(shape, " taken apart"), packed[0], packed[1])
			sameBits(t, fmt.Sprint(shape), c[0], c[1])
		}
	})
}

func TestTwoPartsHold(t *testing.T) {
	for _, c := range []struct {
		x    float32
		want bool
	}{{0, true}, {1, true}, {0x1.ffcp-15, true}, {-0x1.fffep3, true}, {0x1.fffffep0, false}, {0x1.0001p0, false}, {0x1.00008p0, false}, {0.1, false}} {
		if got := TwoParts([]float32{1, c.x, 2}); got != c.want {
			t.Errorf("two parts hold %x: %t, want %t", c.x, got, c.want)
		}
	}
}

func TestTwoPartsFaults(t *testing.T) {
	var rows BFloat16Rows
	rows.Split(twin, 1, make([]float32, 33), 33, 0, 33, Float32Parts)
	for what, call := range map[string]func(){
		"steps": func() {
			twin.TwoPartsGemm(1, 1, 33, &rows, 0, make([]float32, 33*32), 0, make([]float32, 1), 1, Epilogue{}, new(Room))
		},
		"panels": func() { twin.TakeApart(make([]float32, 33*32), 32) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no fault", what)
				}
			}()
			call()
		}()
	}
}
