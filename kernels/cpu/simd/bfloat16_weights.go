package simd

// BFloat16Weights are B = Wᵀ [K, N] rounded to bfloat16 and packed: in panels of [BFloat16PanelWidth] columns, of steps of 32 of K, of pairs of rows. What
// is beyond N or K is zero.
type BFloat16Weights struct {
	N, K int
	data []uint16
}

// NewBFloat16Weights makes room for W [n, k]; [BFloat16Weights.Pack] fills it.
func NewBFloat16Weights(n, k int) *BFloat16Weights {
	if n < 0 || k < 0 {
		fault("NewBFloat16Weights", "weights of shape [%d, %d]", n, k)
	}
	q := &BFloat16Weights{N: n, K: k}
	q.data = alignedWords((n + bfloat16Panel - 1) / bfloat16Panel * q.panelLen())
	return q
}

// Words is the memory that Pack fills.
func (q *BFloat16Weights) Words() []uint16 { return q.data }

func (q *BFloat16Weights) panelLen() int { return steps(q.K) * bfloat16Part }

// panel is that of column j, from row k0 of B on.
func (q *BFloat16Weights) panel(j, k0 int) []uint16 {
	return q.data[j/bfloat16Panel*q.panelLen()+k0*bfloat16Panel:]
}

// Room is the number of float32 that Pack needs for its own use.
func (q *BFloat16Weights) Room() int { return steps(q.K) * bfloat16Part }

// Pack rounds rows [first, first+rows) of W, given with stride ldw; first is a multiple of [BFloat16PanelWidth]. Distinct rows may be packed at once, each with
// its own room. W is held by parts ([PartsHold]).
func (q *BFloat16Weights) Pack(s *Set, w []float32, first, rows, ldw int, room []float32) {
	const op = "BFloat16Weights.Pack"
	matrix(op, "W", len(w), rows, q.K, ldw)
	switch {
	case first < 0 || first%bfloat16Panel != 0 || first+rows > q.N:
		fault(op, "rows [%d, %d) of %d, in panels of %d", first, first+rows, q.N, bfloat16Panel)
	case len(room) < q.Room():
		fault(op, "room of %d elements, want %d", len(room), q.Room())
	case q.K == 0:
		return
	}
	panel := room[:q.Room()]
	round := roundPanelGo
	if s.amx {
		round = roundPanelNative
	}
	for j := 0; j < rows; j += bfloat16Panel {
		n := min(bfloat16Panel, rows-j)
		if n < bfloat16Panel || q.K%bfloat16Step != 0 {
			clear(panel)
		}
		s.transpose(panel, bfloat16Panel, w[j*ldw:], ldw, n, q.K)
		round(q.panel(first+j, 0), panel, steps(q.K))
	}
}

// BFloat16Out is where a product of bfloat16 goes, and what its sums become on the way: sum + residual + bias, then GELU.
type BFloat16Out struct {
	C       []float32 // [m, n] with stride Ld, or
	Half    []uint16  // the same, rounded to bfloat16
	Ld      int
	Bias    []float32 // [n], or nil
	Res     []float32 // [m, n] with stride LdRes; may be C itself, with C's stride; or
	HalfRes []uint16  // the same in bfloat16; or both are nil
	LdRes   int
	GELU    bool // as GELUHalf computes it
}

// BFloat16Gemm is rows [r0, r0+m) of A times columns [j0, j0+n) of B. a are A's blocks of K, of one part, in their order; j0 is a multiple of
// [BFloat16PanelWidth]; what out names begins with row r0 and column j0.
func (s *Set) BFloat16Gemm(m, n int, a []BFloat16Rows, r0 int, w *BFloat16Weights, j0 int, out *BFloat16Out, room *Room) {
	const op = "BFloat16Gemm"
	if out.Half != nil {
		matrix(op, "C", len(out.Half), m, n, out.Ld)
	} else {
		matrix(op, "C", len(out.C), m, n, out.Ld)
	}
	switch {
	case out.Res != nil:
		matrix(op, "Res", len(out.Res), m, n, out.LdRes)
	case out.HalfRes != nil:
		matrix(op, "Res", len(out.HalfRes), m, n, out.LdRes)
	}
	k := 0
	for i := range a {
		b := &a[i]
		switch {
		case b.parts != 1:
			fault(op, "A has %d parts", b.parts)
		case b.k0 != k || b.k != min(w.K-k, BFloat16KC):
			fault(op, "A has columns [%d, %d), B %d rows", b.k0, b.k0+b.k, w.K)
		case r0 < 0 || m < 0 || r0+m > b.m:
			fault(op, "rows [%d, %d) of %d", r0, r0+m, b.m)
		}
		k += b.k
	}
	switch {
	case k != w.K:
		fault(op, "A has %d columns, B %d rows", k, w.K)
	case j0 < 0 || j0%bfloat16Panel != 0 || j0+n > w.N:
		fault(op, "columns [%d, %d) of %d, in panels of %d", j0, j0+n, w.N, bfloat16Panel)
	case out.Bias != nil && len(out.Bias) < n:
		fault(op, "bias has %d elements for %d columns", len(out.Bias), n)
	case m == 0 || n == 0:
	case s.amx && k > 0:
		bfloat16Tiles(m, n, a, r0, w, j0, out, room)
	default:
		for j := 0; j < n; j += bfloat16Panel {
			s.bfloat16Go(m, n, a, r0, w, j0, j, out)
		}
	}
}
