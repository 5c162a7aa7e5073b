package simd

import (
	"math"
	"slices"
)

// PartsHold reports whether three parts hold weights of this [Set.Peak] and their products with rows: whether it is zero, or neither tiny nor huge. Products
// with other weights belong to [Set.Gemm].
func PartsHold(peak float32) bool { return within(math.Float32bits(peak), weightsLeast, weightsMost) }

// Peak is the largest magnitude in x, 0 where there is none, and Inf where something is not finite.
func (s *Set) Peak(x []float32) float32 {
	if len(x) == 0 {
		return 0
	}
	span := spanGo
	if s.vnni {
		span = spanNative
	}
	lo, hi, finite := span(x)
	if finite != 0 { // a NaN
		return float32(math.Inf(1))
	}
	return max(hi, -lo, 0) // not -0
}

// PartsGemm is [Set.Gemm] with both operands as three parts of bfloat16, for a block of K of rows of A: what it adds to C [m, n] = A·B (+ C) (+ Res)
// (+ Bias), for rows [r0, r0+m) of a and columns [j0, j0+n) of B, C row-major with stride ldc. Blocks of K are given in their order: the first begins C, or with
// ep.Accumulate adds to it, and takes Res; the last one takes Bias. B [k, …] is packed by [Set.PackT] or [Set.PackN] in a set whose panels are
// [BFloat16PanelWidth] wide, and held by parts ([PartsHold]). j0 is a multiple of that; C, bias and residual begin with row r0 and column j0.
//
// Rows of A that parts do not hold (they have an Inf, a NaN, or nothing but tiny numbers) are multiplied in float32.
func (s *Set) PartsGemm(m, n, k int, a *BFloat16Rows, r0 int, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	const op = "PartsGemm"
	s.checkParts(op, m, n, k, a, packed, j0, c, ldc)
	ep = a.block(op, m, r0, k, n, ep)
	switch {
	case m == 0 || n == 0:
	case k == 0:
		addTerms(m, n, c, ldc, ep)
	case s.amx:
		partsTiles(m, n, k, a, r0, packed, j0, c, ldc, ep, room)
	default:
		wide := make([]float32, steps(a.k)*bfloat16Part)
		for j := 0; j < n; j += bfloat16Panel {
			b := panelOf{parts: room.panel(0, steps(a.k)), numbers: packed[(j0+j)*k+a.k0*bfloat16Panel:][:a.k*bfloat16Panel]}
			copy(wide, b.numbers)
			splitPanelGo(b.parts, wide, steps(a.k))
			a.multiplyGo(m, n, r0, &b, j, c, ldc, ep)
		}
	}
}

// PartsGemmFew is [Set.PartsGemm] of all rows with all blocks of K, given in their order; the same bits. Few rows meet the numbers of B as they lie in memory.
func (s *Set) PartsGemmFew(m, n, k int, as []BFloat16Rows, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	const op = "PartsGemmFew"
	var last BFloat16Rows
	for _, a := range as {
		if a.k0 != last.k0+last.k || a.m != m {
			fault(op, "a block of A has rows [0, %d) and columns from %d on, want [0, %d) and %d", a.m, a.k0, m, last.k0+last.k)
		}
		last = a
	}
	if last.k0+last.k != k {
		fault(op, "A has %d columns, B %d rows", last.k0+last.k, k)
	}
	if len(as) == 0 {
		as = []BFloat16Rows{{m: m, parts: Float32Parts}}
	}
	if !s.few(m, n, as) {
		for j := 0; j < n; j += bfloat16Panel {
			e := ep
			if ep.Res != nil {
				e.Res = ep.Res[j:]
			}
			if ep.Bias != nil {
				e.Bias = ep.Bias[j:]
			}
			for i := range as {
				s.PartsGemm(m, min(bfloat16Panel, n-j), k, &as[i], 0, packed, j0+j, c[j:], ldc, e, room)
			}
		}
		return
	}
	s.checkParts(op, m, n, k, &as[0], packed, j0, c, ldc)
	for i := range as {
		as[i].block(op, m, 0, k, n, ep)
	}
	fewTiles(m, n, k, as, packed, j0, c, ldc, ep, room)
}

// few reports whether fewTiles can do it: a block of tiles of rows, none of them odd, and whole steps of K.
func (s *Set) few(m, n int, as []BFloat16Rows) bool {
	if !s.amx || m == 0 || m > bfloat16Step || n == 0 || len(as) == 0 {
		return false
	}
	for i := range as {
		if a := &as[i]; a.parts != Float32Parts || a.k == 0 || a.k%bfloat16Step != 0 || a.stride != as[0].stride || slices.Contains(a.odd[:m], true) {
			return false
		}
	}
	return true
}

func (s *Set) checkParts(op string, m, n, k int, a *BFloat16Rows, packed []float32, j0 int, c []float32, ldc int) {
	matrix(op, "C", len(c), m, n, ldc)
	switch {
	case a.parts != Float32Parts:
		fault(op, "A has %d parts", a.parts)
	case s.nr != bfloat16Panel:
		fault(op, "kernel set %s has panels of %d columns", s.Name, s.nr)
	case j0 < 0 || j0%bfloat16Panel != 0:
		fault(op, "columns from %d on, in panels of %d", j0, bfloat16Panel)
	}
	s.checkPacked(op, len(packed), k, j0+n)
}
