package simd

import "math"

// What taps do with rows of activations, many rows in one call so that sums stay in registers. x is row-major with stride ld, of which rows lists the
// rows to read, in columns 0…len(dst)-1. Every set gives the same bits: sums are integers.

// FixedRows is the largest number of rows that FixedSums takes.
const FixedRows = 1 << 15

// fixedLimit is the bound of what FixedSums adds: FixedRows times as much is 2⁶² in fixed point.
const fixedLimit = 1 << 15

// FixedSums is dst = Σ x over rows, in units of 2⁻³², each number rounded to nearest even. It reports false, and dst is arbitrary, where
// anything read is NaN or not below 2¹⁵ in magnitude.
func (s *Set) FixedSums(dst []int64, x []float32, rows []int32, ld int) bool {
	checkTap("FixedSums", len(dst), len(x), rows, ld)
	if len(rows) > FixedRows {
		fault("FixedSums", "%d rows, the most are %d", len(rows), FixedRows)
	}
	done, peak := 0, uint32(0)
	if f := s.v.fixedSums; f != nil {
		if done = wide(len(dst), len(rows)); done > 0 {
			peak = f(&dst[0], &x[0], &rows[0], len(rows), ld, done)
		}
	}
	const one = 1 << 32
	const magic = 3 << 51 // x·2³² + magic has no bits behind the point
	rest := dst[done:]
	clear(rest)
	for _, r := range rows {
		for c, v := range x[int(r)*ld+done:][:len(rest)] {
			peak = max(peak, magnitude(v))
			rest[c] += int64(math.Float64bits(float64(v)*one+magic) - math.Float64bits(magic))
		}
	}
	return peak < math.Float32bits(fixedLimit)
}

// CountAbove is dst[c] = the number of rows whose x is above thr[c] (flip 0) or is not (flip -1), flip standing by row. It reports
// whether everything read is finite.
func (s *Set) CountAbove(dst []int64, x []float32, rows []int32, ld int, thr []float32, flip []int32) bool {
	checkTap("CountAbove", len(dst), len(x), rows, ld)
	sameLen("CountAbove", len(dst), len(thr))
	sameLen("CountAbove", len(rows), len(flip))
	done, peak := 0, uint32(0)
	if f := s.v.countAbove; f != nil {
		if done = wide(len(dst), len(rows)); done > 0 {
			peak = f(&dst[0], &x[0], &rows[0], len(rows), ld, done, &thr[0], &flip[0])
		}
	}
	rest, thr := dst[done:], thr[done:]
	clear(rest)
	for i, r := range rows {
		for c, v := range x[int(r)*ld+done:][:len(rest)] {
			peak = max(peak, magnitude(v))
			var above int64
			if v > thr[c] {
				above = 1
			}
			rest[c] += above ^ int64(flip[i]&1)
		}
	}
	return peak < math.Float32bits(float32(math.Inf(1)))
}

// MaxRows is dst = the largest x over rows, the first of equals. It reports false, and dst is arbitrary, where anything read is not finite.
func (s *Set) MaxRows(dst, x []float32, rows []int32, ld int) bool {
	checkTap("MaxRows", len(dst), len(x), rows, ld)
	done, peak := 0, uint32(0)
	if f := s.v.maxRows; f != nil {
		if done = wide(len(dst), len(rows)); done > 0 {
			peak = f(&dst[0], &x[0], &rows[0], len(rows), ld, done)
		}
	}
	rest := dst[done:]
	for c := range rest {
		rest[c] = float32(math.Inf(-1))
	}
	for _, r := range rows {
		for c, v := range x[int(r)*ld+done:][:len(rest)] {
			peak = max(peak, magnitude(v))
			if v > rest[c] {
				rest[c] = v
			}
		}
	}
	return peak < math.Float32bits(float32(math.Inf(1)))
}

// tapWidth is the number of columns of which the assembly takes a multiple.
const tapWidth = 16

// wide is how many of n columns the assembly takes.
func wide(n, rows int) int {
	if rows == 0 {
		return 0
	}
	return n / tapWidth * tapWidth
}

// magnitude orders numbers by size, infinities and NaN above all others.
func magnitude(x float32) uint32 { return math.Float32bits(x) &^ (1 << 31) }

func checkTap(op string, n, have int, rows []int32, ld int) {
	for i, r := range rows {
		if r < 0 || int(r)*ld+n > have {
			fault(op, "row %d of %d columns, in place %d, with stride %d is not within %d elements", r, n, i, ld, have)
		}
	}
}
