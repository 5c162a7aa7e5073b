package simd

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// forSets runs a test on every kernel set for this kind of processor; one that this machine or build lacks is skipped by name.
func forSets(t *testing.T, run func(t *testing.T, s *Set)) {
	forNames(t, append(assemblySets(), "go"), run)
}

// assemblySets are those that are not the reference.
func assemblySets() []string {
	return map[string][]string{"amd64": {"amx", "avx512", "avx2"}, "arm64": {"neon"}}[runtime.GOARCH]
}

func forNames(t *testing.T, names []string, run func(t *testing.T, s *Set)) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			s, err := Lookup(name)
			if err != nil {
				t.Skip(err)
			}
			run(t, s)
		})
	}
}

// guard is what stands around an output: a NaN that no computation makes.
var guard = math.Float32frombits(0x7fc5aa5a)

const guardLen = 40

// fenced is a slice of n guards with guards around it, starting shift elements off a fresh allocation's alignment.
type fenced struct {
	all []float32
	x   []float32
}

func fence(n, shift int) *fenced {
	f := &fenced{all: make([]float32, guardLen+shift+n+guardLen)}
	for i := range f.all {
		f.all[i] = guard
	}
	f.x = f.all[guardLen+shift : guardLen+shift+n : guardLen+shift+n]
	return f
}

func fenceOf(x []float32, shift int) *fenced {
	f := fence(len(x), shift)
	copy(f.x, x)
	return f
}

// intact fails the test if anything but x was written.
func (f *fenced) intact(t *testing.T) {
	t.Helper()
	lo := len(f.all) - guardLen - len(f.x)
	for i, v := range f.all {
		if (i < lo || i >= lo+len(f.x)) && math.Float32bits(v) != math.Float32bits(guard) {
			t.Fatalf("wrote %g at %d of [0, %d)", v, i-lo, len(f.x))
		}
	}
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// near fails unless got is within atol + rtol·|want|, or both are NaN, or both the same Inf.
func near(t *testing.T, what string, got float32, want, atol, rtol float64) {
	t.Helper()
	if math.IsNaN(want) {
		if got == got {
			t.Fatalf("%s: %g, want NaN", what, got)
		}
		return
	}
	if math.IsInf(want, 0) {
		if float64(got) != want {
			t.Fatalf("%s: %g, want %g", what, got, want)
		}
		return
	}
	if !(math.Abs(float64(got)-want) <= atol+rtol*math.Abs(want)) {
		t.Fatalf("%s: %.9g, want %.9g, off by %g", what, got, want, float64(got)-want)
	}
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %x (%g), want %x (%g)", what, i, math.Float32bits(got[i]), got[i], math.Float32bits(want[i]), want[i])
		}
	}
}
