package engine_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// fixed is the definition, in rationals: the nearest multiple of 2⁻³², the even one of two.
func fixed(a float32) int64 {
	x := new(big.Rat).SetFloat64(float64(a))
	x.Mul(x, new(big.Rat).SetInt64(engine.FixedOne))
	twice := new(big.Int).Mul(x.Num(), big.NewInt(2))
	denominator := new(big.Int).Mul(x.Denom(), big.NewInt(2))
	n, rest := new(big.Int).DivMod(twice.Add(twice, x.Denom()), denominator, new(big.Int))
	if rest.Sign() == 0 && n.Bit(0) == 1 {
		n.Sub(n, big.NewInt(1))
	}
	return n.Int64()
}

func TestFixed(t *testing.T) {
	values := []float32{0, 1, -1, 0x1p-32, 0x1p-33, -0x1p-33, 0x1.8p-32, -0x1.8p-32, 0x1.4p-31, 0x1p-149, math.Nextafter32(1<<30, 0), -math.Nextafter32(1<<30, 0), 0.1}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		values = append(values, math.Float32frombits(r.Uint32()))
	}
	for _, a := range values {
		got, ok := engine.Fixed(a)
		if want := a > -(1<<30) && a < 1<<30; ok != want {
			t.Fatalf("Fixed(%v): ok %v, want %v", a, ok, want)
		}
		if ok && got != fixed(a) {
			t.Fatalf("Fixed(%v) = %d, want %d", a, got, fixed(a))
		}
	}
	for _, a := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1 << 30, -(1 << 30)} {
		if _, ok := engine.Fixed(a); ok {
			t.Errorf("Fixed(%v) is ok", a)
		}
	}
}

func TestFixedMean(t *testing.T) {
	for _, c := range []struct {
		sum, n int64
		want   float32
	}{{0, 1, 0}, {engine.FixedOne, 1, 1}, {-3 * engine.FixedOne, 2, -1.5}, {engine.FixedOne, 3, 1.0 / 3}, {1, 1, 0x1p-32}} {
		if got := engine.FixedMean(c.sum, c.n); got != c.want {
			t.Errorf("FixedMean(%d, %d) = %v, want %v", c.sum, c.n, got, c.want)
		}
	}
}

// Sums of parts add up; one that leaves int64 is found and left as it was.
func TestAddFixed(t *testing.T) {
	dst := []int64{1, math.MaxInt64 - 1, math.MinInt64 + 1, 5}
	if at := engine.AddFixed(dst, []int64{2, 1, -1, -7}); at != -1 || !slices.Equal(dst, []int64{3, math.MaxInt64, math.MinInt64, -2}) {
		t.Errorf("%v, the first that overflows is %d", dst, at)
	}
	if at := engine.AddFixed(dst, []int64{1, 1, -1, 1}); at != 1 || !slices.Equal(dst, []int64{4, math.MaxInt64, math.MinInt64, -1}) {
		t.Errorf("%v, the first that overflows is %d", dst, at)
	}
}
