package simd

// int8Go is Int8Gemm in Go, a row by four columns at a time.
func int8Go(m, n int, a []uint8, rows []Int8Row, w *Int8Weights, j0 int, c []float32, ldc int, ep Epilogue) {
	const nr = Int8PanelWidth
	stride, depth := Int8Stride(w.K), int8Depth(w.K)
	for j := j0; j < j0+n; j += nr {
		panel := w.data[j*depth : (j+nr)*depth]
		for i := range m {
			row, x := rows[i], a[i*stride:][:depth]
			for l := 0; l < min(nr, j0+n-j); l += 4 {
				sums := dotInt8(x, panel[4*l:])
				for q := range min(4, j0+n-j-l) {
					at := j + l + q
					sum := sums[q] - row.Zero*w.sums[at]
					v := float32(float32(float32(sum)*w.scales[at]) * row.Scale)
					if ep.Res != nil {
						v += ep.Res[i*ep.LdRes+at-j0]
					}
					if ep.Bias != nil {
						v += ep.Bias[at-j0]
					}
					c[i*ldc+at-j0] = v
				}
			}
		}
	}
}

// dotInt8 multiplies a row with four neighbouring columns of a panel; b begins with the first of them.
func dotInt8(x []uint8, b []int8) (s [4]int32) {
	var s0, s1, s2, s3 int32
	for len(x) >= 4 && len(b) >= 16 {
		x0, x1, x2, x3 := int32(x[0]), int32(x[1]), int32(x[2]), int32(x[3])
		y := (*[16]int8)(b)
		s0 += x0*int32(y[0]) + x1*int32(y[1]) + x2*int32(y[2]) + x3*int32(y[3])
		s1 += x0*int32(y[4]) + x1*int32(y[5]) + x2*int32(y[6]) + x3*int32(y[7])
		s2 += x0*int32(y[8]) + x1*int32(y[9]) + x2*int32(y[10]) + x3*int32(y[11])
		s3 += x0*int32(y[12]) + x1*int32(y[13]) + x2*int32(y[14]) + x3*int32(y[15])
		x = x[4:]
		b = b[min(4*Int8PanelWidth, len(b)):]
	}
	return [4]int32{s0, s1, s2, s3}
}
