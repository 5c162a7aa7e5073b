package simd

// Epilogue says what [Set.Gemm] adds to the product.
type Epilogue struct {
	Accumulate bool      // add what C holds
	Bias       []float32 // [n], or nil
	Res        []float32 // [m, n] with stride LdRes, or nil; may be C itself, with C's stride
	LdRes      int
}

// Gemm is C [m, n] = A [m, k]·B (+ C) (+ Res) (+ Bias), A and C row-major with strides lda and ldc, packed B from [Set.PackT] or [Set.PackN].
//
// With S₀, S₁, … the sums over blocks of [KC], an element is ((((S₀ + C) + Res) + S₁) + …) + Bias, absent terms left out; with k = 0, S₀ is 0.
// C must overlap neither A nor B.
func (s *Set) Gemm(m, n, k int, a []float32, lda int, packed, c []float32, ldc int, ep Epilogue) {
	matrix("Gemm", "A", len(a), m, k, lda)
	matrix("Gemm", "C", len(c), m, n, ldc)
	s.checkPacked("Gemm", len(packed), k, n)
	if ep.Bias != nil && len(ep.Bias) < n {
		fault("Gemm", "bias has %d elements for %d columns", len(ep.Bias), n)
	}
	if ep.Res != nil {
		matrix("Gemm", "Res", len(ep.Res), m, n, ep.LdRes)
	}
	switch {
	case m == 0 || n == 0:
	case k == 0:
		addTerms(m, n, c, ldc, ep)
	case s.isa == isaGo:
		gemmGo(m, n, k, a, lda, packed, c, ldc, ep)
	default:
		s.gemmTiles(m, n, k, a, lda, packed, c, ldc, ep)
	}
}

// addTerms is the product over an empty K.
func addTerms(m, n int, c []float32, ldc int, ep Epilogue) {
	for i := range m {
		for j, v := range c[i*ldc : i*ldc+n] {
			if !ep.Accumulate {
				v = 0
			}
			if ep.Res != nil {
				v += ep.Res[i*ep.LdRes+j]
			}
			if ep.Bias != nil {
				v += ep.Bias[j]
			}
			c[i*ldc+j] = v
		}
	}
}
