package simd

// Round is dst = x rounded to bfloat16: to nearest, ties to even, and subnormal numbers to zero, in every set.
func (s *Set) Round(dst []uint16, x []float32) {
	sameLen("Round", len(dst), len(x))
	switch {
	case len(x) == 0:
	case s.amx:
		roundRowNative(dst, x)
	default:
		roundRowGo(dst, x)
	}
}

// Widen is dst = x, bfloat16 as float32.
func (s *Set) Widen(dst []float32, x []uint16) {
	sameLen("Widen", len(dst), len(x))
	switch {
	case len(x) == 0:
	case s.amx:
		widenRowNative(dst, x)
	default:
		widenRowGo(dst, x)
	}
}

// GELUHalf is GELU as precise as what becomes a bfloat16 needs: on AMX within 2⁻¹² of its result, for results down to 1e-8 in magnitude; elsewhere it is GELU. dst
// may be x.
func (s *Set) GELUHalf(dst, x []float32) {
	if !s.amx {
		s.GELU(dst, x)
		return
	}
	sameLen("GELUHalf", len(dst), len(x))
	if len(dst) > 0 {
		geluHalfNative(dst, x)
	}
}
