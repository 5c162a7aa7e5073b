package half

import (
	"fmt"
	"math"
	"testing"
)

// format describes a 16-bit format to the oracle, which knows nothing but its definition: fraction bits, exponent bias.
type format struct {
	name      string
	fraction  uint
	bias      int
	from      func(uint16) float32
	to        func(float32) uint16
	fromSlice func([]float32, []uint16)
	toSlice   func([]uint16, []float32)
}

var formats = []format{
	{"f16", 10, 15, FromF16, ToF16, F16ToFloat32, F16FromFloat32},
	{"bf16", 7, 127, FromBF16, ToBF16, BF16ToFloat32, BF16FromFloat32},
}

func (f format) infinity() uint16 { return 0x7fff >> f.fraction << f.fraction }

// value is the definition: (-1)^s · 1.frac · 2^(e-bias), subnormals without the leading 1.
func (f format) value(h uint16) float64 {
	exp, frac := int(h&0x7fff>>f.fraction), float64(h&(1<<f.fraction-1))
	unit := math.Ldexp(1, -int(f.fraction))
	var x float64
	switch {
	case h&0x7fff == f.infinity():
		x = math.Inf(1)
	case h&0x7fff > f.infinity():
		return math.NaN()
	case exp == 0:
		x = math.Ldexp(frac*unit, 1-f.bias)
	default:
		x = math.Ldexp(1+frac*unit, exp-f.bias)
	}
	if h&0x8000 != 0 {
		x = -x
	}
	return x
}

func each(t *testing.T, test func(t *testing.T, f format)) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) { t.Parallel(); test(t, f) })
	}
}

func TestEveryValueWidensAndComesBack(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		for i := range 1 << 16 {
			h := uint16(i)
			got, want := float64(f.from(h)), f.value(h)
			if math.IsNaN(want) {
				if !math.IsNaN(got) || math.Signbit(got) != (h&0x8000 != 0) {
					t.Fatalf("%#04x widens to %v, want a NaN of its sign", h, got)
				}
			} else if got != want || math.Signbit(got) != math.Signbit(want) {
				t.Fatalf("%#04x widens to %v, want %v", h, got, want)
			}
			if back := f.to(f.from(h)); back != h {
				t.Fatalf("%#04x comes back as %#04x", h, back)
			}
		}
	})
}

// Rounding is monotonic and changes only at midpoints, so each midpoint and its two float32 neighbours show all of it.
func TestRoundsToNearestTiesToEven(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		for h := range f.infinity() {
			above := f.value(h + 1)
			if h+1 == f.infinity() { // overflow behaves as if the exponent range went on
				above = 2*f.value(h) - f.value(h-1)
			}
			mid := float32((f.value(h) + above) / 2)
			if float64(mid)*2 != f.value(h)+above {
				t.Fatalf("%#04x: the midpoint is no float32", h)
			}
			even := h + h&1
			for _, c := range []struct {
				x    float32
				want uint16
			}{
				{math.Nextafter32(float32(f.value(h)), math.MaxFloat32), h},
				{math.Nextafter32(mid, 0), h},
				{mid, even},
				{math.Nextafter32(mid, float32(math.Inf(1))), h + 1},
			} {
				if got := f.to(c.x); got != c.want {
					t.Fatalf("%v rounds to %#04x, want %#04x", c.x, got, c.want)
				}
				if got := f.to(-c.x); got != c.want|0x8000 {
					t.Fatalf("%v rounds to %#04x, want %#04x", -c.x, got, c.want|0x8000)
				}
			}
		}
	})
}

// The float32 line walked in uneven steps (with step 1, once by hand, it takes 80 seconds): never down, and never further than half a unit.
func TestRoundingIsMonotonic(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		last := uint16(0)
		for b := uint32(0); b <= 0x7f800000; b += 997 {
			x := math.Float32frombits(b)
			h := f.to(x)
			if h < last {
				t.Fatalf("%v rounds to %#04x, a smaller number to %#04x", x, h, last)
			}
			last = h
			if h == f.infinity() || h == 0 {
				continue
			}
			d := math.Abs(float64(x) - f.value(h))
			if d > math.Abs(float64(x)-f.value(h-1)) || (h+1 < f.infinity() && d > math.Abs(float64(x)-f.value(h+1))) {
				t.Fatalf("%v rounds to %v, a neighbour is nearer", x, f.value(h))
			}
		}
	})
}

func TestSpecialValues(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		inf := f.infinity()
		for _, c := range []struct {
			x    float32
			want uint16
		}{
			{0, 0}, {float32(math.Copysign(0, -1)), 0x8000},
			{float32(math.Inf(1)), inf}, {float32(math.Inf(-1)), inf | 0x8000},
			{math.MaxFloat32, inf}, {math.SmallestNonzeroFloat32, 0},
			{math.Float32frombits(0x7f800001), inf | 1<<(f.fraction-1)}, // the payload does not fit: quiet
			{math.Float32frombits(0xffc00000), inf | 0x8000 | 1<<(f.fraction-1)},
		} {
			if got := f.to(c.x); got != c.want {
				t.Errorf("%v (%#08x) becomes %#04x, want %#04x", c.x, math.Float32bits(c.x), got, c.want)
			}
		}
	})
}

func TestSlices(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		for n := range 70 {
			src := make([]uint16, n)
			for i := range src {
				src[i] = uint16(i * 331)
			}
			wide, back := make([]float32, n+1), make([]uint16, n+1)
			wide[n], back[n] = 7, 7
			f.fromSlice(wide, src)
			f.toSlice(back, wide[:n])
			for i := range src {
				if math.Float32bits(wide[i]) != math.Float32bits(f.from(src[i])) || back[i] != src[i] {
					t.Fatalf("n=%d: element %d: %v, %#04x from %#04x", n, i, wide[i], back[i], src[i])
				}
			}
			if wide[n] != 7 || back[n] != 7 {
				t.Fatalf("n=%d: written past the end", n)
			}
		}
	})
}

func Example() {
	fmt.Printf("%#04x %#04x\n", ToF16(1.0/3), ToBF16(1.0/3))
	fmt.Println(FromF16(0x3555), FromBF16(0x3eab))
	// Output:
	// 0x3555 0x3eab
	// 0.33325195 0.33398438
}

func BenchmarkWiden(b *testing.B) {
	src, dst := make([]uint16, 1<<16), make([]float32, 1<<16)
	for i := range src {
		src[i] = uint16(i)
	}
	for _, f := range formats {
		b.Run("op=widen/from="+f.name, func(b *testing.B) {
			b.SetBytes(int64(4 * len(dst)))
			for b.Loop() {
				f.fromSlice(dst, src)
			}
		})
	}
}
