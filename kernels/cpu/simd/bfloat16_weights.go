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
	split := splitPanelGo
	if s.amx {
		split = splitPanelNative
	}
	for j := 0; j < rows; j += bfloat16Panel {
		n := min(bfloat16Panel, rows-j)
		if n < bfloat16Panel || q.K%bfloat16Step != 0 {
			clear(panel)
		}
		s.transpose(panel, bfloat16Panel, w[j*ldw:], ldw, n, q.K)
		split(q.panel(first+j, 0), panel, steps(q.K), 1)
	}
}

// BFloat16Gemm is what the block of K in a, of one part, adds to C [m, n] = A·B (+ C) (+ Res) (+ Bias), for rows [r0, r0+m) of a and columns [j0, j0+n) of B, C
// row-major with stride ldc. Blocks of K are given in their order: the first begins C, or with ep.Accumulate adds to it, and takes Res; the last one takes Bias.
// j0 is a multiple of [BFloat16PanelWidth]; C, bias and residual begin with row r0 and column j0. Rows of A with an Inf or a NaN are not rounded.
func (s *Set) BFloat16Gemm(m, n int, a *BFloat16Rows, r0 int, w *BFloat16Weights, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	const op = "BFloat16Gemm"
	matrix(op, "C", len(c), m, n, ldc)
	switch {
	case a.parts != 1:
		fault(op, "A has %d parts", a.parts)
	case j0 < 0 || j0%bfloat16Panel != 0 || j0+n > w.N:
		fault(op, "columns [%d, %d) of %d, in panels of %d", j0, j0+n, w.N, bfloat16Panel)
	}
	ep = a.block(op, m, r0, w.K, n, ep)
	switch {
	case m == 0 || n == 0:
	case w.K == 0:
		addTerms(m, n, c, ldc, ep)
	case s.amx:
		bfloat16Tiles(m, n, a, r0, w, j0, c, ldc, ep, room)
	default:
		for j := 0; j < n; j += bfloat16Panel {
			a.multiplyGo(m, n, r0, &panelOf{parts: w.panel(j0+j, a.k0)}, j, c, ldc, ep)
		}
	}
}
