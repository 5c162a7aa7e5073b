package engine

import "math"

// Arena gives the activations of one step from a few large buffers and takes them all back at once. It serves one goroutine. Fresh memory is
// not zeroed.
type Arena struct {
	be     Backend
	chunks []Buffer
	cur    int // index of the chunk in use
	off    int // elements used of it
	live   int // tensors given since the last Reset and not released
	used   int // elements of these
	peak   int // most of them at once since the last Reset
	kept   int // chunks that were there at the last Reset
	want   int // elements of the next chunk, at least
	poison bool
}

// NewArena returns an empty arena on be.
func NewArena(be Backend) *Arena { return &Arena{be: be} }

// Poison makes New fill memory with NaN, so that a test sees whatever is read before it is written.
func (a *Arena) Poison(on bool) { a.poison = on }

const (
	arenaAlign = 16      // elements: 64 bytes
	arenaChunk = 1 << 20 // elements
	arenaSpare = 8       // part of a step's need that is kept free for a larger one
)

// New returns an uninitialised tensor [rows, cols] that lives until Reset, or until Release of an earlier Mark.
func (a *Arena) New(rows, cols int) Tensor {
	if rows < 0 || cols < 0 {
		Fail("arena", "[%d, %d]", rows, cols)
	}
	n := max(rows*cols, 1)
	n = (n + arenaAlign - 1) / arenaAlign * arenaAlign
	for a.cur < len(a.chunks) && a.off+n > a.chunks[a.cur].Len() {
		a.cur, a.off = a.cur+1, 0
	}
	if a.cur == len(a.chunks) {
		size := max(n, arenaChunk, a.want)
		a.want = 0
		b, err := a.be.Alloc(F32, size, Activations)
		if err != nil {
			panic(&MemoryError{Bytes: 4 * size, Err: err})
		}
		a.chunks = append(a.chunks, b)
	}
	t := Tensor{Buf: a.chunks[a.cur], Off: a.off, Rows: rows, Cols: cols}
	a.off += n
	a.live++
	a.used += n
	a.peak = max(a.peak, a.used)
	if a.poison && t.Len() > 0 {
		a.be.Fill(t, float32(math.NaN()))
	}
	return t
}

// Zeros is New with every element 0.
func (a *Arena) Zeros(rows, cols int) Tensor {
	t := a.New(rows, cols)
	a.be.Zero(t)
	return t
}

// Mark is a point to which an arena can be taken back.
type Mark struct{ cur, off, live, used int }

// Mark returns the present point.
func (a *Arena) Mark() Mark { return Mark{a.cur, a.off, a.live, a.used} }

// Release takes back every tensor given since m.
func (a *Arena) Release(m Mark) { a.cur, a.off, a.live, a.used = m.cur, m.off, m.live, m.used }

// Reset takes back everything and keeps the memory for the next step. Where a step outgrew the memory of those before it, the next one gets
// a single buffer in place of all: steps of many sizes, as batches of texts have, would otherwise leave holes in each other's buffers and take ever
// more of them.
func (a *Arena) Reset() {
	if a.kept > 0 && len(a.chunks) > a.kept {
		want := a.peak + a.peak/arenaSpare
		a.Free()
		a.want = want
	}
	a.kept, a.peak = len(a.chunks), 0
	a.Release(Mark{})
}

// Live is the number of tensors that are out.
func (a *Arena) Live() int { return a.live }

// Free gives the memory back to the backend.
func (a *Arena) Free() {
	for _, b := range a.chunks {
		a.be.Free(b)
	}
	*a = Arena{be: a.be, poison: a.poison}
}
