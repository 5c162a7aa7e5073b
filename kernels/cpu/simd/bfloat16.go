package simd

import "math"

// Products on tiles of bfloat16, whose sums are float32. [Set.BFloat16Gemm] rounds both operands to bfloat16. [Set.PartsGemm] makes each the sum of three
// parts, x = x₀ + x₁ + x₂, each the rest rounded to bfloat16: 24 bits, all that a float32 has. Of the nine products of two such sums the six largest are taken; what
// is left out is below 2⁻²³ of the product, and 2⁻²⁶ of it on average, a quarter of what float32 rounds off (Henry, Tang and Heinecke 2019, "Leveraging the bfloat16 Artificial
// Intelligence Datatype For Higher-Precision Computations"). So a product of float32 is as precise as a chain of multiply-adds, and on AMX twice as fast.
//
// K is walked in steps of 32. In a step, for each pair of parts (x₂w₀, x₁w₀, x₁w₁, x₀w₁, x₀w₂, x₀w₀), the even and the odd numbers make a chain of
// multiply-adds each from zero, the two are added, and that is added to the sum: what TDPBF16PS does, with subnormal numbers taken as zero. Blocks of [BFloat16KC]
// begin from zero and are added in their order.

// BFloat16KC is the length of a block of K.
const BFloat16KC = 768

// BFloat16PanelWidth is the number of columns of a panel of B, in every kernel set.
const BFloat16PanelWidth = 32

const (
	bfloat16Step  = 32                                // of K
	bfloat16Panel = BFloat16PanelWidth                // columns
	bfloat16Part  = bfloat16Step * BFloat16PanelWidth // words of a step of a panel, of one part
)

// Float32Parts is the number of parts that hold a float32.
const Float32Parts = 3

// Where the largest magnitude of a row of A, or of B, must lie for three parts to hold it and their products, unless it is zero.
const (
	rowsLeast, rowsMost       = 0x1p-70, 0x1p60
	weightsLeast, weightsMost = 0x1p-20, 0x1p40
)

func within(peak uint32, least, most float32) bool {
	return peak == 0 || peak >= math.Float32bits(least) && peak < math.Float32bits(most)
}

// HasAMX reports whether products of bfloat16, of parts and of bytes run on AMX; elsewhere those of bfloat16 and of parts run in Go, slowly.
func (s *Set) HasAMX() bool { return s.amx }

func steps(k int) int { return (k + bfloat16Step - 1) / bfloat16Step }

// BFloat16Rows is a block of K of rows of A, taken apart. Its zero value is ready; Split fills it, and uses its memory again.
type BFloat16Rows struct {
	m, k0, k, parts int
	stride          int // of rows
	data            []uint16
	odd             []bool // by row: it is beyond what three parts hold
	x               []float32
	half            []uint16 // in place of x
	lda             int
}

// BFloat16Len is the number of words that a row of k numbers takes: some more than its parts, so that rows do not lie a power of two apart.
func BFloat16Len(k, parts int) int { return (steps(k)*parts | 1) * bfloat16Step }

// Grow makes room for rows of k numbers, so that Split of as many allocates nothing.
func (a *BFloat16Rows) Grow(m, k, parts int) {
	if n := m * BFloat16Len(k, parts); len(a.data) < n {
		a.data = alignedWords(n + n/4)
	}
	if len(a.odd) < m {
		a.odd = make([]bool, m+m/4)
	}
}

// Split takes columns [k0, k0+k) of m rows of x apart, given with stride lda; k0 is a multiple of [BFloat16KC], and k at most as much. x must
// stay as it is while the rows are used.
func (a *BFloat16Rows) Split(s *Set, m int, x []float32, lda, k0, k, parts int) {
	a.Begin(m, x, lda, k0, k, parts)
	a.SplitRows(s, 0, m)
}

// Begin is Split without the work, which SplitRows does; distinct rows may be split at once.
func (a *BFloat16Rows) Begin(m int, x []float32, lda, k0, k, parts int) {
	matrix("BFloat16Rows.Split", "A", len(x), m, k0+k, lda)
	a.begin(m, lda, k0, k, parts)
	a.x = x
}

// BeginHalf is Begin for rows that are bfloat16 already, in one part.
func (a *BFloat16Rows) BeginHalf(m int, x []uint16, lda, k0, k int) {
	matrix("BFloat16Rows.BeginHalf", "A", len(x), m, k0+k, lda)
	a.begin(m, lda, k0, k, 1)
	a.half = x
}

func (a *BFloat16Rows) begin(m, lda, k0, k, parts int) {
	const op = "BFloat16Rows.Split"
	if k0 < 0 || k0%BFloat16KC != 0 || k < 0 || k > BFloat16KC {
		fault(op, "columns [%d, %d), in blocks of %d", k0, k0+k, BFloat16KC)
	}
	a.Grow(m, k, parts)
	a.m, a.k0, a.k, a.parts, a.stride, a.lda, a.x, a.half = m, k0, k, parts, BFloat16Len(k, parts), lda, nil, nil
}

// SplitRows takes rows [lo, hi) apart.
func (a *BFloat16Rows) SplitRows(s *Set, lo, hi int) {
	if a.k == 0 {
		return
	}
	split, round := splitRowGo, roundRowGo
	if s.amx {
		split, round = splitRowNative, roundRowNative
	}
	for r := lo; r < hi; r++ {
		dst, at := a.data[r*a.stride:(r+1)*a.stride], r*a.lda+a.k0
		switch {
		case a.half != nil:
			clear(dst[copy(dst, a.half[at:at+a.k]):])
		case a.parts == 1:
			clear(dst[a.k/bfloat16Step*bfloat16Step:])
			round(dst, a.x[at:at+a.k])
		default:
			a.odd[r] = !within(split(dst, a.x[at:at+a.k]), rowsLeast, rowsMost)
		}
	}
}

// blocks checks rows [r0, r0+m) of a's block of K for a product with B [k, n], and says what of ep belongs to that block.
func (a *BFloat16Rows) block(op string, m, r0, k, n int, ep Epilogue) Epilogue {
	switch {
	case a.k0+a.k > k || a.k != min(k-a.k0, BFloat16KC):
		fault(op, "A has columns [%d, %d), B %d rows", a.k0, a.k0+a.k, k)
	case r0 < 0 || m < 0 || r0+m > a.m:
		fault(op, "rows [%d, %d) of %d", r0, r0+m, a.m)
	case ep.Bias != nil && len(ep.Bias) < n:
		fault(op, "bias has %d elements for %d columns", len(ep.Bias), n)
	}
	if ep.Res != nil {
		matrix(op, "Res", len(ep.Res), m, n, ep.LdRes)
	}
	if a.k0 > 0 {
		ep.Accumulate, ep.Res = true, nil
	}
	if a.k0+a.k < k {
		ep.Bias = nil
	}
	return ep
}

// Room is what a goroutine needs to multiply on tiles. Its zero value is ready.
type Room struct {
	parts  []uint16 // a block of K of two panels of B, taken apart
	tail   [bfloat16Part]float32
	strips strips    // of few rows
	sums   []float32 // of a block, and of the one before; not in the Room, which may lie in a stack, and stacks move
	carry  []float32 // of a panel, over the blocks of K so far
}

// carried returns room for the sums of m rows with a panel.
func (r *Room) carried(m int) []float32 {
	if len(r.carry) < m*bfloat16Panel {
		r.carry = alignedTo[float32](m * bfloat16Panel)
	}
	return r.carry[:m*bfloat16Panel]
}

// panel returns room i of two for the parts of n steps.
func (r *Room) panel(i, n int) []uint16 {
	const most = BFloat16KC / bfloat16Step * Float32Parts * bfloat16Part
	if r.parts == nil {
		r.parts = alignedWords(2 * most)
	}
	return r.parts[i*most:][:n*Float32Parts*bfloat16Part]
}
