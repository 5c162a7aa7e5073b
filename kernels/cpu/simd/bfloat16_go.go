package simd

import "math"

// toBFloat16 is the nearest bfloat16, of two the one further from zero. x is finite, and so is the result.
func toBFloat16(x float32) uint16 { return uint16((math.Float32bits(x) + 1<<15) >> 16) }

func fromBFloat16(x uint16) float32 { return math.Float32frombits(uint32(x) << 16) }

// roundGo is the nearest bfloat16, ties to even, with subnormal numbers taken as zero, as VCVTNE2PS2BF16 has it.
func roundGo(x float32) uint16 {
	b := math.Float32bits(flushed(x))
	if x != x {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// roundRowGo rounds a row.
func roundRowGo(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = roundGo(v)
	}
}

func widenRowGo(dst []float32, x []uint16) {
	for i, v := range x {
		dst[i] = fromBFloat16(v)
	}
}

// splitGo takes x apart; part p goes to dst[p·stride]. Of three parts the last is cut off, where nothing is left unless x is all but subnormal.
func splitGo(dst []uint16, x float32, parts, stride int) {
	for p := range parts {
		v := toBFloat16(x)
		if p == Float32Parts-1 {
			v = uint16(math.Float32bits(x) >> 16)
		}
		dst[p*stride] = v
		x -= fromBFloat16(v)
	}
}

// splitRowGo takes a row apart: in a step, number i of the first half stands beside number i of the second one.
func splitRowGo(dst []uint16, x []float32) (peak uint32) {
	const parts = Float32Parts
	clear(dst[(len(x)-1)/bfloat16Step*parts*bfloat16Step:])
	for i, v := range x {
		peak = max(peak, magnitude(v))
		splitGo(dst[i/bfloat16Step*parts*bfloat16Step+i%16*2+i%bfloat16Step/16:], v, parts, bfloat16Step)
	}
	return peak
}

// splitPanelGo takes steps of a panel [32·steps, 32] apart, row i of a step beside row 16+i.
func splitPanelGo(dst []uint16, panel []float32, steps int) {
	const parts = Float32Parts
	for p := range steps * bfloat16Step {
		at := p/bfloat16Step*parts*bfloat16Part + p%16*2*bfloat16Panel + p%bfloat16Step/16
		for j, v := range panel[p*bfloat16Panel:][:bfloat16Panel] {
			splitGo(dst[at+2*j:], v, parts, bfloat16Part)
		}
	}
}

// roundPanelGo rounds steps of a panel, two neighbouring rows side by side.
func roundPanelGo(dst []uint16, panel []float32, steps int) {
	for p := range steps * bfloat16Step {
		for j, v := range panel[p*bfloat16Panel:][:bfloat16Panel] {
			dst[p/2*2*bfloat16Panel+2*j+p&1] = roundGo(v)
		}
	}
}

// bfloat16Pairs are the products of parts, of A and of B, which has as many or two, in their order.
func bfloat16Pairs(parts, right int) [][2]int {
	switch {
	case parts == 1:
		return [][2]int{{0, 0}}
	case right == 2:
		return [][2]int{{2, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}
	}
	return [][2]int{{2, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 2}, {0, 0}}
}

// bfloat16Sums are the sums of a row of a over its block of K, for the 32 columns of a panel.
func bfloat16Sums(sums *[bfloat16Panel]float32, row, panel []uint16, steps, parts, right int) {
	clear(sums[:])
	pairs := bfloat16Pairs(parts, right)
	for s := range steps {
		for _, pair := range pairs {
			x := row[(s*parts+pair[0])*bfloat16Step:][:bfloat16Step]
			y := panel[(s*right+pair[1])*bfloat16Part:][:bfloat16Part]
			var chains [2][bfloat16Panel]float32
			for p, v := range x {
				u := flushed(fromBFloat16(v))
				for j := range bfloat16Panel {
					chains[p&1][j] = multiplyAdd(u, flushed(fromBFloat16(y[p/2*2*bfloat16Panel+2*j+p&1])), chains[p&1][j])
				}
			}
			for j := range sums {
				sums[j] = flushed(sums[j] + flushed(chains[0][j]+chains[1][j]))
			}
		}
	}
}

// flushed takes subnormal numbers as zero.
func flushed(x float32) float32 {
	if b := math.Float32bits(x); b&0x7f800000 == 0 {
		return math.Float32frombits(b & (1 << 31))
	}
	return x
}

// multiplyAdd is a·b + c with one rounding: the product of two bfloat16 has 16 bits, so that what float64 rounds off a sum never stands at a tie of float32.
func multiplyAdd(a, b, c float32) float32 {
	return flushed(float32(float64(a)*float64(b) + float64(c)))
}

// panelOf is a block of K of a panel of B: its parts, three of them unless right says two, and its numbers.
type panelOf struct {
	right   int
	parts   []uint16
	numbers []float32
}

// sums are those of row r with a panel: of a row that parts do not hold, a chain of float32.
func (a *BFloat16Rows) sums(sums *[bfloat16Panel]float32, r int, b *panelOf) {
	if !a.odd[r] {
		right := Float32Parts
		if b.right > 0 {
			right = b.right
		}
		bfloat16Sums(sums, a.data[r*a.stride:], b.parts, steps(a.k), Float32Parts, right)
		return
	}
	clear(sums[:])
	for p, x := range a.x[r*a.lda+a.k0:][:a.k] {
		for j := range sums {
			sums[j] += float32(x * b.numbers[p*bfloat16Panel+j])
		}
	}
}

// multiplyGo is the product of rows with a panel at column j of C.
func (a *BFloat16Rows) multiplyGo(m, n, r0 int, b *panelOf, j int, c []float32, ldc int, ep Epilogue) {
	var sums [bfloat16Panel]float32
	for i := range m {
		a.sums(&sums, r0+i, b)
		storeSums(&sums, i, j, n, c, ldc, ep)
	}
}

// storeSums adds what ep says to row i of a panel that begins at column j, and stores it.
func storeSums(sums *[bfloat16Panel]float32, i, j, n int, c []float32, ldc int, ep Epilogue) {
	for l, v := range sums[:min(bfloat16Panel, n-j)] {
		at := &c[i*ldc+j+l]
		if ep.Accumulate {
			v += *at
		}
		if ep.Res != nil {
			v += ep.Res[i*ep.LdRes+j+l]
		}
		if ep.Bias != nil {
			v += ep.Bias[j+l]
		}
		*at = v
	}
}

// bfloat16Go is the product of rows with a panel at column j of C.
func (s *Set) bfloat16Go(m, n int, blocks []BFloat16Rows, r0 int, w *BFloat16Weights, j0, j int, out *BFloat16Out) {
	var sums [bfloat16Panel]float32
	for i := range m {
		var all [bfloat16Panel]float32
		for b := range blocks {
			a := &blocks[b]
			bfloat16Sums(&sums, a.data[(r0+i)*a.stride:], w.panel(j0+j, a.k0), steps(a.k), 1, 1)
			for l, v := range sums {
				if b > 0 {
					v = all[l] + v
				}
				all[l] = v
			}
		}
		s.end(all[:min(bfloat16Panel, n-j)], i, j, out)
	}
}

// end makes sums what out says, and writes them to row i from column j on.
func (s *Set) end(sums []float32, i, j int, out *BFloat16Out) {
	for l := range sums {
		switch {
		case out.Res != nil:
			sums[l] += out.Res[i*out.LdRes+j+l]
		case out.HalfRes != nil:
			sums[l] += fromBFloat16(out.HalfRes[i*out.LdRes+j+l])
		}
		if out.Bias != nil {
			sums[l] += out.Bias[j+l]
		}
	}
	if out.GELU {
		s.GELUHalf(sums, sums)
	}
	if out.Half == nil {
		copy(out.C[i*out.Ld+j:], sums)
		return
	}
	for l, v := range sums {
		out.Half[i*out.Ld+j+l] = roundGo(v)
	}
}
