//go:build !noasm

package simd

import "unsafe"

// float32AMX multiplies t.blocks blocks of t.rows rows of A with one panel of B, each operand in three parts; bfloat16AMX in one; int8AMX multiplies
// bytes, as tileInt8VNNI does. With t.c nil they stop after the sums of the first block, which are at t.out. float32AMX meanwhile takes t.units of the next panel
// apart. float32FirstAMX multiplies one block, and meanwhile takes the panel itself apart, but for its first step: into all of t.b where t.blocks is more than 1,
// else into its first two steps by turns.
//
//go:noescape
func float32AMX(t *tileAMX)

//go:noescape
func float32FirstAMX(t *tileAMX)

// float32TwoAMX is float32AMX for a panel in two parts, which lie apart in memory.
//
//go:noescape
func float32TwoAMX(t *tileAMX)

// float32FewAMX multiplies up to amxRows rows with t.strips, and takes their numbers apart on the way, but for the first step.
//
//go:noescape
func float32FewAMX(t *tileAMX)

//go:noescape
func bfloat16AMX(t *tileAMX)

//go:noescape
func int8AMX(t *tileAMX)

// splitRow3AMX takes a row apart, and returns the bits of the largest magnitude.
//
//go:noescape
func splitRow3AMX(dst *uint16, x *float32, n int) (peak uint32)

// roundRowAMX rounds a row to bfloat16, and widenRowAMX does the contrary.
//
//go:noescape
func roundRowAMX(dst *uint16, x *float32, n int)

//go:noescape
func widenRowAMX(dst *float32, x *uint16, n int)

// geluHalfAMX is GELU as bfloat16AMX computes it.
//
//go:noescape
func geluHalfAMX(dst, x *float32, n int)

// softmaxHalfAMX is a row of softmax(scale·x), rounded, with zeros up to a multiple of 32; x becomes its exponentials.
//
//go:noescape
func softmaxHalfAMX(dst *uint16, x *float32, n int, scale float32)

// pairRowsAMX puts n columns, at most 32, of rows side by side, two and two, with zeros up to 32 columns.
//
//go:noescape
func pairRowsAMX(dst, x *uint16, ld, pairs, n int)

// splitPanel3AMX takes steps of a panel apart, splitPanel2AMX into two parts, for which dst may be x's memory; splitPanel1AMX rounds them.
//
//go:noescape
func splitPanel3AMX(dst *uint16, x *float32, steps int)

//go:noescape
func splitPanel2AMX(dst *uint16, x *float32, steps int)

//go:noescape
func splitPanel1AMX(dst *uint16, x *float32, steps int)

// tileAMX is blocks of tiles; tile.k counts steps of 64 bytes of K, tile.rows is at most amxRows.
type tileAMX struct {
	tile
	blocks int
	all    int      // blocks before they were counted down
	panel  *float32 // the panel's second step; for float32AMX, what is next of the next panel
	tail   *float32 // its last step, filled with zeros
	parts  *uint16  // of its second step, or of what is next
	units  int      // of the next panel, 16 a step, that are left
	out    *float32 // [2, amxRows, 32]: sums of a block, and of the one before, which is being written
	flip   int      // what, xored to one's address, gives the other's
	config *[64]byte
	row    *Int8Row // of the first row
	scales *float32 // of the panel's columns
	sums   *int32
	carry  *float32 // [m, 32]: sums over the blocks of K before this one
	later  *uint16  // what is needed next of B
	fetch  int      // steps in which four lines of it are fetched

	offA, offC, offRes, offRow int // bytes to the block under way

	strips              *stripAMX
	offStrip, endStrips int     // bytes
	end                 uintptr // of the last strip's numbers
	fetched             uintptr // first; the start of a page
}

// stripAMX is a block of K of a panel.
type stripAMX struct {
	a                  *float32 // rows of A
	c, res, bias       *float32
	steps, flags, mask int
}

// amxRows is the height of a block: two tiles.
const amxRows = 32

// amxConfigs are the shapes of the tiles for blocks of so many rows.
var amxConfigs = func() (c [amxRows + 1][64]byte) {
	const palette, columns, rows = 0, 16, 48 // places in a configuration
	for n := 1; n <= amxRows; n++ {
		c[n][palette] = 1
		for tile := range 8 {
			c[n][columns+2*tile] = 64
			c[n][rows+tile] = 16
		}
		for _, tile := range []int{0, 1, 4} {
			c[n][rows+tile] = byte(min(n, 16))
		}
		for _, tile := range []int{2, 3, 5} {
			c[n][rows+tile] = byte(max(n-16, 1))
		}
	}
	return c
}()

// tile is what all tiles of a call have in common: the stride of A in bytes, the steps of K, C's stride, and what is added.
func (r *Room) tile(lda, steps, ldc int, ep Epilogue) tileAMX {
	if r.sums == nil {
		r.sums = alignedTo[float32](2 * bfloat16Part)
	}
	t := tileAMX{tile: tile{lda: lda, ldc: 4 * ldc, ldres: 4 * ep.LdRes, k: steps}, out: &r.sums[0]}
	t.flip = int(uintptr(unsafe.Pointer(t.out)) ^ uintptr(unsafe.Pointer(&r.sums[bfloat16Part])))
	if ep.Accumulate {
		t.flags |= haveC
	}
	if ep.Res != nil {
		t.flags |= haveRes
	}
	if ep.Bias != nil {
		t.flags |= haveBias
	}
	return t
}

// place puts t at row i and column j of C.
func (t *tileAMX) place(i, j, m, n int, c []float32, ldc int, ep Epilogue) {
	t.at(i, j, m, n)
	t.c = &c[i*ldc+j]
	if ep.Res != nil {
		t.res = &ep.Res[i*ep.LdRes+j]
	}
	if ep.Bias != nil {
		t.bias = &ep.Bias[j]
	}
}

// at makes t so many blocks of whole tiles as there are from row i on, or one of the rows that are left.
func (t *tileAMX) at(i, j, m, n int) {
	t.rows = min(amxRows, m-i)
	t.all = max(1, (m-i)/amxRows)
	t.blocks = t.all
	t.config = &amxConfigs[t.rows]
	t.mask = 1<<min(bfloat16Panel, n-j) - 1
	t.offA, t.offC, t.offRes, t.offRow = 0, 0, 0, 0
}
