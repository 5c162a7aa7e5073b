package simd

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// dyadic fills x with multiples of 2⁻¹⁶ in [-8, 8): no rounding of some processor's own enters the inputs.
func dyadic(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.IntN(1<<20)-1<<19) / (1 << 16)
	}
	return x
}

// assemblyBits are what the assembly makes of these inputs, on every processor: the sets do the same arithmetic in the same order. Whoever changes the
// arithmetic of a kernel in all sets puts in what the test reports.
var assemblyBits = map[string]uint64{
	"gemm":      0xf721c551b89c4b20,
	"gelu":      0xce635b0c488034d8,
	"gelu_grad": 0xf997a58346901aee,
	"exp":       0x6c616ac1a80dfd0e,
	"add":       0x24526b55da9e2dc6,
	"mul":       0x1d861cb4fdf1b439,
	"axpy":      0x6a7a300ea826cd5b,
	"scale":     0x59e8b5dcde97cde2,
}

// TestAssemblyBits holds all assembly sets, on amd64 and on arm64, to the same bits.
func TestAssemblyBits(t *testing.T) {
	const m, n, k, many = 19, 45, 2*KC + 5, 20_003
	forNames(t, assemblySets(), func(t *testing.T, s *Set) { // the reference rounds in its own way
		digest := func(name string, x []float32) {
			h := fnv.New64a()
			for _, v := range x {
				var b [4]byte
				binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
				h.Write(b[:])
			}
			if got := h.Sum64(); got != assemblyBits[name] {
				t.Errorf("%s: %#016x, want %#016x", name, got, assemblyBits[name])
			}
		}
		r := rand.New(rand.NewPCG(3, 4))
		a, w, c, bias, res := dyadic(r, m*k), dyadic(r, n*k), dyadic(r, m*n), dyadic(r, n), dyadic(r, m*n)
		packed := make([]float32, s.PackedLen(k, n))
		s.PackT(packed, w, n, k, k)
		s.Gemm(m, n, k, a, k, packed, c, n, Epilogue{Accumulate: true, Bias: bias, Res: res, LdRes: n})
		digest("gemm", c)

		x, y, start := dyadic(r, many), dyadic(r, many), dyadic(r, many)
		for i := range many / 4 {
			x[4*i] *= 16 // to where exp is 0 or Inf, and Φ is 0 or 1
		}
		for _, op := range elementwises {
			dst := append([]float32(nil), start...)
			op.run(s, dst, x, y)
			digest(op.name, dst)
		}
	})
}
