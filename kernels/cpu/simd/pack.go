package simd

// PanelWidth is the number of columns of a panel of packed B. Callers that split columns split at its multiples.
func (s *Set) PanelWidth() int { return s.nr }

// PackedLen is the number of float32 that B [k, n] takes when packed: n rounded up to whole panels, times k.
// The panel of columns j…j+PanelWidth()-1 begins at j·k, for j a multiple of PanelWidth().
func (s *Set) PackedLen(k, n int) int { return (n + s.nr - 1) / s.nr * s.nr * k }

// PackT packs B = Wᵀ for W [n, k], row-major with stride ldw: the layout of PyTorch's Linear.weight. It fills dst[:PackedLen(k, n)].
func (s *Set) PackT(dst, w []float32, n, k, ldw int) {
	matrix("PackT", "W", len(w), n, k, ldw)
	s.checkPacked("PackT", len(dst), k, n)
	if k == 0 {
		return
	}
	for j := 0; j < n; j += s.nr {
		cols := min(s.nr, n-j)
		panel := dst[j*k : (j+s.nr)*k]
		if cols < s.nr {
			clear(panel)
		}
		s.transpose(panel, s.nr, w[j*ldw:], ldw, cols, k)
	}
}

// PackN packs B [k, n], row-major with stride ldb. It fills dst[:PackedLen(k, n)].
func (s *Set) PackN(dst, b []float32, k, n, ldb int) {
	matrix("PackN", "B", len(b), k, n, ldb)
	s.checkPacked("PackN", len(dst), k, n)
	if k == 0 {
		return
	}
	for j := 0; j < n; j += s.nr {
		cols := min(s.nr, n-j)
		panel := dst[j*k : (j+s.nr)*k]
		if cols == 32 && s.nr == 32 {
			// Of a width that the compiler knows, a row is a few moves.
			for p := range k {
				*(*[32]float32)(panel[32*p:]) = *(*[32]float32)(b[p*ldb+j:])
			}
			continue
		}
		for p := range k {
			row := panel[p*s.nr : (p+1)*s.nr]
			clear(row[copy(row, b[p*ldb+j:p*ldb+j+cols]):])
		}
	}
}

func (s *Set) checkPacked(op string, have, k, n int) {
	if want := s.PackedLen(k, n); have < want {
		fault(op, "packed B of shape [%d, %d] needs %d elements, has %d", k, n, want, have)
	}
}

// Transpose is dst [cols, rows] = srcᵀ for src [rows, cols], both row-major with their strides. They must not overlap.
func (s *Set) Transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	matrix("Transpose", "dst", len(dst), cols, rows, ldd)
	matrix("Transpose", "src", len(src), rows, cols, lds)
	s.transpose(dst, ldd, src, lds, rows, cols)
}

// transpose moves whole blocks with the set's routine, and the rest in Go.
func (s *Set) transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	const block = 8
	r, c := rows/block*block, cols/block*block
	if s.v.transposeBlocks == nil || r == 0 || c == 0 {
		transpose(dst, ldd, src, lds, rows, cols)
		return
	}
	s.v.transposeBlocks(&dst[0], 4*ldd, &src[0], 4*lds, r/block, c/block)
	if c < cols {
		transpose(dst[c*ldd:], ldd, src[c:], lds, r, cols-c)
	}
	if r < rows {
		transpose(dst[r:], ldd, src[r*lds:], lds, rows-r, cols)
	}
}

// transpose works in blocks of four source rows, so that each store of a line of dst finds it in the first cache.
func transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	const block = 64
	for q := 0; q < cols; q += block {
		end := min(q+block, cols)
		r := 0
		for ; r+4 <= rows; r += 4 {
			s0 := src[r*lds+q : r*lds+end]
			s1 := src[(r+1)*lds+q:][:len(s0)]
			s2 := src[(r+2)*lds+q:][:len(s0)]
			s3 := src[(r+3)*lds+q:][:len(s0)]
			at := q*ldd + r
			for i := range s0 {
				d := (*[4]float32)(dst[at:])
				d[0], d[1], d[2], d[3] = s0[i], s1[i], s2[i], s3[i]
				at += ldd
			}
		}
		for ; r < rows; r++ {
			for i, v := range src[r*lds+q : r*lds+end] {
				dst[(q+i)*ldd+r] = v
			}
		}
	}
}
