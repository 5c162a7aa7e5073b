//go:build !noasm

package simd

// runTile computes a tile of cols columns.
func (s *Set) runTile(t *tile, cols int) {
	if s.isa == isaAVX512 {
		t.mask = 1<<cols - 1
		tileAVX512(t)
		return
	}
	if t.mask = cols; cols < s.nr {
		t.flags |= ragged
	}
	tileAVX2(t)
}
