package simd

import (
	"math"
	"unsafe"
)

// Two parts of bfloat16 hold a number of 16 bits exactly (from 2⁻¹¹⁷ on; below, the second part is cut), such as one that was stored as float16 or
// bfloat16: then its third part is zero, and so are all products with it. Weights of such numbers are taken apart once, when they are packed, in place: a number's
// two parts take the memory of a float32. A product with them is [Set.PartsGemm]'s, pair of parts by pair, without x₀w₂.

// TwoPartsStep divides the rows of B that can be in two parts.
const TwoPartsStep = bfloat16Step

// TwoParts reports whether two parts hold every number of x.
func TwoParts(x []float32) bool {
	const low = 1<<8 - 1 // bits of a float32 beyond 16
	var all uint32
	for _, v := range x {
		all |= math.Float32bits(v)
	}
	return all&low == 0
}

// TakeApart takes the columns of packed B [k, …] apart that are in these whole panels, in place, for [Set.TwoPartsGemm]. k is a multiple of 32, and all numbers
// are [TwoParts].
func (s *Set) TakeApart(panels []float32, k int) {
	const op = "TakeApart"
	s.checkTwo(op, k)
	switch n := k * bfloat16Panel; {
	case n == 0 || len(panels) == 0:
	case len(panels)%n != 0:
		fault(op, "%d elements, in panels of %d", len(panels), n)
	case s.amx:
		splitTwoNative(wordsOf(panels), panels, len(panels)/(bfloat16Step*bfloat16Panel))
	default:
		splitTwoGo(wordsOf(panels), panels, len(panels)/(bfloat16Step*bfloat16Panel))
	}
}

// TwoPartsGemm is [Set.PartsGemm] for B that [Set.TakeApart] has taken apart.
func (s *Set) TwoPartsGemm(m, n, k int, a *BFloat16Rows, r0 int, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	const op = "TwoPartsGemm"
	s.checkTwo(op, k)
	s.checkParts(op, m, n, k, a, packed, j0, c, ldc)
	ep = a.block(op, m, r0, k, n, ep)
	switch {
	case m == 0 || n == 0:
	case k == 0:
		addTerms(m, n, c, ldc, ep)
	case s.amx:
		twoPartsTiles(m, n, k, a, r0, packed, j0, c, ldc, ep, room)
	default:
		for j := 0; j < n; j += bfloat16Panel {
			b := twoPartsPanel(packed, k, j0+j, a)
			b.join()
			a.multiplyGo(m, n, r0, &b, j, c, ldc, ep)
		}
	}
}

func (s *Set) checkTwo(op string, k int) {
	if k%bfloat16Step != 0 {
		fault(op, "%d rows of B, want a multiple of %d", k, bfloat16Step)
	}
	if s.nr != bfloat16Panel {
		fault(op, "kernel set %s has panels of %d columns", s.Name, s.nr)
	}
}

// twoPartsPanel is a's block of K of the panel of column j.
func twoPartsPanel(packed []float32, k, j int, a *BFloat16Rows) panelOf {
	return panelOf{parts: wordsOf(packed[j*k+a.k0*bfloat16Panel:][:a.k*bfloat16Panel]), right: 2}
}

// join makes the panel's numbers of its parts.
func (b *panelOf) join() {
	b.numbers = make([]float32, len(b.parts)/2)
	for i := range b.numbers {
		p, j := i/bfloat16Panel, i%bfloat16Panel
		at := p/bfloat16Step*2*bfloat16Part + p%16*2*bfloat16Panel + p%bfloat16Step/16 + 2*j
		b.numbers[i] = fromBFloat16(b.parts[at]) + fromBFloat16(b.parts[at+bfloat16Part])
	}
}

// splitTwoGo takes steps of panels apart; dst may be panel's memory.
func splitTwoGo(dst []uint16, panel []float32, steps int) {
	var step [2 * bfloat16Part]uint16
	for s := range steps {
		for i, v := range panel[s*bfloat16Part:][:bfloat16Part] {
			p, j := i/bfloat16Panel, i%bfloat16Panel
			at := p%16*2*bfloat16Panel + p/16 + 2*j
			step[at] = toBFloat16(v)
			step[at+bfloat16Part] = uint16(math.Float32bits(v-fromBFloat16(step[at])) >> 16)
		}
		copy(dst[s*2*bfloat16Part:], step[:])
	}
}

// wordsOf is x's memory.
func wordsOf(x []float32) []uint16 {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*uint16)(unsafe.Pointer(&x[0])), 2*len(x))
}
