package simd

import "math"

// The 8-bit product, for inference. Activations are unsigned, a row at a time: u = round(x/scale) + zero, with 254 steps between the least and the
// largest of the row and 0, so that 0 is exact and the one-sided outputs of GELU use the whole range. Weights are signed, a column of
// B = Wᵀ at a time: v = round(w/scale), |v| ≤ 127. Then
//
//	c = float32(Σ u·v - zero·Σ v)·scaleᵥ·scaleᵤ (+ residual) (+ bias)
//
// where the sums are int32 and exact, and every other step is one rounding of float32: all kernel sets give the same bits. The idea is that of Jacob et
// al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference".

// Int8MaxK bounds K, so that no sum of products leaves int32.
const Int8MaxK = 1 << 16

// Int8PanelWidth is the number of columns of a panel of packed 8-bit weights, in every kernel set.
const Int8PanelWidth = 32

// Int8Stride is the number of bytes that a row of k quantised activations takes: some more, so that rows do not lie a power of two apart.
func Int8Stride(k int) int { return (int8Depth(k) | 64) }

// int8Depth is k rounded up to what AMX takes at a time.
func int8Depth(k int) int { return (k + 63) &^ 63 }

// Int8Row says how a row was quantised: x = (u - Zero)·Scale. A row with a NaN or an Inf has Scale NaN, and so are its products.
type Int8Row struct {
	Scale float32
	Zero  int32
}

// HasVNNI reports whether 8-bit products run on AVX-512 VNNI, or AMX, here; elsewhere they run in Go, and are slower than float32's.
func (s *Set) HasVNNI() bool { return s.vnni }

// Int8Quantise fills dst[:len(x)] with the row x. The bytes up to [Int8Stride] may hold anything.
func (s *Set) Int8Quantise(dst []uint8, x []float32) Int8Row {
	if len(dst) < len(x) {
		fault("Int8Quantise", "destination has %d elements, the source has %d", len(dst), len(x))
	}
	if len(x) == 0 {
		return Int8Row{Scale: int8MinScale}
	}
	span, quantise := spanGo, quantiseGo
	if s.vnni {
		span, quantise = spanNative, quantiseNative
	}
	lo, hi, finite := span(x)
	if finite != 0 { // a NaN
		return Int8Row{Scale: float32(math.NaN())}
	}
	scale := max(float32(hi/254)-float32(lo/254), int8MinScale)
	inverse := 1 / scale
	row := Int8Row{scale, -round(float32(lo * inverse))}
	quantise(dst, x, inverse, row.Zero)
	return row
}

// int8MinScale keeps 1/scale finite; a row of zeros has it.
const int8MinScale = 0x1p-120

// spanGo is the least and the largest of x and 0, and Σ x·0: NaN where something is not finite.
func spanGo(x []float32) (lo, hi, zero float32) {
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
		zero += v * 0
	}
	return lo, hi, zero
}

func quantiseGo(dst []uint8, x []float32, inverse float32, zero int32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = uint8(min(round(float32(v*inverse))+zero, 255))
	}
}

// round is x to the nearest integer, ties to even, for |x| below 2²²: 1.5·2²³ has no bits behind the point.
func round(x float32) int32 {
	const magic = 0x1.8p23
	return int32(float32(x+magic) - magic)
}

// Int8Weights are B = Wᵀ [K, N] quantised and packed: in panels of [Int8PanelWidth] columns, four of K together. Columns beyond N are zero.
type Int8Weights struct {
	N, K   int
	data   []int8
	scales []float32
	sums   []int32
}

// NewInt8Weights makes room for W [n, k]; [Int8Weights.Pack] fills it.
func NewInt8Weights(n, k int) *Int8Weights {
	if n < 0 || k < 0 || k > Int8MaxK {
		fault("NewInt8Weights", "weights of shape [%d, %d]; K is at most %d", n, k, Int8MaxK)
	}
	cols := (n + Int8PanelWidth - 1) / Int8PanelWidth * Int8PanelWidth
	return &Int8Weights{N: n, K: k, data: alignedInt8(cols * int8Depth(k)), scales: make([]float32, cols), sums: make([]int32, cols)}
}

// Pack quantises rows [first, first+rows) of W, given with stride ldw; first is a multiple of [Int8PanelWidth]. Distinct rows may be packed at once.
// A row of W with a NaN or an Inf makes its column of the product NaN.
func (q *Int8Weights) Pack(w []float32, first, rows, ldw int) {
	matrix("Int8Weights.Pack", "W", len(w), rows, q.K, ldw)
	if first < 0 || first%Int8PanelWidth != 0 || first+rows > q.N {
		fault("Int8Weights.Pack", "rows [%d, %d) of %d, in panels of %d", first, first+rows, q.N, Int8PanelWidth)
	}
	depth := int8Depth(q.K)
	for i := range rows {
		j := first + i
		row := w[i*ldw:][:q.K]
		lo, hi, finite := spanGo(row)
		scale := max(max(hi, -lo)/127, int8MinScale)
		inverse := 1 / scale
		if finite != 0 {
			scale, inverse = float32(math.NaN()), 0
		}
		panel := q.data[j/Int8PanelWidth*Int8PanelWidth*depth:]
		at := j % Int8PanelWidth * 4
		var sum int32
		for p, v := range row {
			var u int32
			if inverse != 0 {
				u = max(-127, min(round(float32(v*inverse)), 127))
			}
			panel[at+p/4*4*Int8PanelWidth+p%4] = int8(u)
			sum += u
		}
		q.scales[j], q.sums[j] = scale, sum
	}
}

// Int8Gemm is C [m, n] = A·B for columns [j0, j0+n) of B (+ Res) (+ Bias), A being rows of [Int8Stride] bytes with what [Set.Int8Quantise] said of
// them, C row-major with stride ldc. j0 is a multiple of [Int8PanelWidth]; bias and residual begin with column j0. It cannot accumulate.
func (s *Set) Int8Gemm(m, n int, a []uint8, rows []Int8Row, w *Int8Weights, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	const op = "Int8Gemm"
	matrix(op, "C", len(c), m, n, ldc)
	switch {
	case len(a) < m*Int8Stride(w.K) || len(rows) < m:
		fault(op, "A has %d bytes and %d rows, want %d and %d", len(a), len(rows), m*Int8Stride(w.K), m)
	case j0 < 0 || j0%Int8PanelWidth != 0 || j0+n > w.N:
		fault(op, "columns [%d, %d) of %d, in panels of %d", j0, j0+n, w.N, Int8PanelWidth)
	case ep.Bias != nil && len(ep.Bias) < n:
		fault(op, "bias has %d elements for %d columns", len(ep.Bias), n)
	case ep.Accumulate:
		fault(op, "8-bit products do not accumulate")
	}
	if ep.Res != nil {
		matrix(op, "Res", len(ep.Res), m, n, ep.LdRes)
	}
	switch {
	case m == 0 || n == 0:
	case w.K == 0:
		addTerms(m, n, c, ldc, ep)
	case s.amx:
		int8Blocks(m, n, a, rows, w, j0, c, ldc, ep, room)
	case s.vnni:
		int8Tiles(m, n, a, rows, w, j0, c, ldc, ep)
	default:
		int8Go(m, n, a, rows, w, j0, c, ldc, ep)
	}
}
