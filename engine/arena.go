package engine

import (
	"errors"
	"math"
)

// Arena gives the activations of one step from a few large buffers and takes them all back at once. It serves one goroutine. Fresh memory is
// not zeroed.
type Arena struct {
	be     Backend
	bucket func(rows int) int // see Bucketed; nil: rows
	dtype  DType
	half   *Arena // of bfloat16, where an arena of float32 has any
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
func NewArena(be Backend) *Arena {
	a := &Arena{be: be}
	if b, ok := be.(Bucketed); ok {
		a.bucket = b.Bucket
	}
	return a
}

// Poison makes New fill memory with NaN, so that a test sees whatever is read before it is written.
func (a *Arena) Poison(on bool) {
	if a.poison = on; a.half != nil {
		a.half.Poison(on)
	}
}

const (
	arenaAlign = 32      // elements: 64 bytes of the smallest
	arenaChunk = 1 << 20 // elements
	arenaSpare = 8       // part of a step's need that is kept free for a larger one
)

// NewAs is New for elements of type t: float32 or bfloat16.
func (a *Arena) NewAs(t DType, rows, cols int) Tensor {
	if t == a.dtype {
		return a.New(rows, cols)
	}
	if a.half == nil {
		a.half = &Arena{be: a.be, bucket: a.bucket, dtype: BF16, poison: a.poison}
	}
	return a.half.NewAs(t, rows, cols)
}

// New returns an uninitialised tensor [rows, cols] that lives until Reset, or until Release of an earlier Mark.
func (a *Arena) New(rows, cols int) Tensor {
	if rows < 0 || cols < 0 {
		Fail("arena", "[%d, %d]", rows, cols)
	}
	n := rows
	if a.bucket != nil {
		n = a.bucket(rows)
	}
	n = max(n*cols, 1)
	n = (n + arenaAlign - 1) / arenaAlign * arenaAlign
	for a.cur < len(a.chunks) && a.off+n > a.chunks[a.cur].Len() {
		a.cur, a.off = a.cur+1, 0
	}
	if a.cur == len(a.chunks) {
		size := max(n, arenaChunk, a.want)
		a.want = 0
		b, err := a.be.Alloc(a.dtype, size, Activations)
		if size > n && errors.Is(err, ErrMemory) { // do without what may be needed later
			size = n
			b, err = a.be.Alloc(a.dtype, size, Activations)
		}
		if err != nil {
			panic(&MemoryError{Bytes: a.dtype.bytes() * size, Err: err})
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
type Mark struct{ main, half place }

type place struct{ cur, off, live, used int }

// Mark returns the present point.
func (a *Arena) Mark() (m Mark) {
	if m.main = a.place(); a.half != nil {
		m.half = a.half.place()
	}
	return m
}

func (a *Arena) place() place { return place{a.cur, a.off, a.live, a.used} }

// Release takes back every tensor given since m.
func (a *Arena) Release(m Mark) {
	if a.release(m.main); a.half != nil {
		a.half.release(m.half)
	}
}

func (a *Arena) release(p place) { a.cur, a.off, a.live, a.used = p.cur, p.off, p.live, p.used }

// Reset takes back everything and keeps the memory for the next step. Where a step outgrew the memory of those before it, the next one gets
// a single buffer in place of all: steps of many sizes, as batches of texts have, would otherwise leave holes in each other's buffers and take ever
// more of them.
func (a *Arena) Reset() {
	if a.half != nil {
		a.half.Reset()
	}
	if a.kept > 0 && len(a.chunks) > a.kept {
		want := a.peak + a.peak/arenaSpare
		a.freeChunks()
		a.want = want
	}
	a.kept, a.peak = len(a.chunks), 0
	a.release(place{})
}

// Live is the number of tensors that are out.
func (a *Arena) Live() int {
	if a.half != nil {
		return a.live + a.half.live
	}
	return a.live
}

// Free gives the memory back to the backend.
func (a *Arena) Free() {
	if a.half != nil {
		a.half.freeChunks()
	}
	a.freeChunks()
	*a = Arena{be: a.be, bucket: a.bucket, poison: a.poison}
}

func (a *Arena) freeChunks() {
	for _, b := range a.chunks {
		a.be.Free(b)
	}
	a.chunks, a.cur, a.off, a.kept = nil, 0, 0, 0
}
