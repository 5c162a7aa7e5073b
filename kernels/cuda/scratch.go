// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"errors"
	"unsafe"

	"github.com/skillneuron/skillneuron/engine"
)

// scratch is memory of the device for the length of a call. Kernels run in the order of launches, so that the next call may write over what this one's still
// read. It grows to what the largest call needs.
type scratch struct {
	chunks []chunk
	used   int // of the last chunk
	want   int // bytes of the next chunk, better than less
}

type chunk struct {
	at   address
	size int
}

const scratchLeast, scratchAlign = 1 << 20, 256

// reset begins a call. Where the one before outgrew its memory, a single chunk takes the place of all.
func (s *scratch) reset(b *Backend) {
	s.used = 0
	if len(s.chunks) > 1 {
		s.want = s.free(b)
	}
}

// free gives the memory back and returns how much it was.
func (s *scratch) free(b *Backend) (size int) {
	b.finish()
	for _, c := range s.chunks {
		size += c.size
		b.check(b.dev.free(c.at, c.size))
	}
	*s = scratch{}
	return size
}

func (s *scratch) grow(b *Backend, least int) {
	size := max(least, s.want, scratchLeast)
	at, err := b.dev.alloc(size)
	if size > least && errors.Is(err, engine.ErrMemory) {
		size = least
		at, err = b.dev.alloc(size)
	}
	if err != nil {
		b.noMemory(size, err)
	}
	s.chunks, s.used, s.want = append(s.chunks, chunk{at, size}), 0, 0
}

// bury frees retired memory.
func (b *Backend) bury() {
	if len(b.retired) == 0 {
		return
	}
	b.finish()
	for _, c := range b.retired {
		b.check(b.dev.free(c.at, c.size))
	}
	b.retired = b.retired[:0]
}

// spare frees all memory that calls do not need to go on, before or after a call: where there is none left for a buffer, or for a call, which may come again
// with less to do.
func (b *Backend) spare() {
	b.scratch.free(b)
	for _, p := range b.kept {
		p.leave()
		if p.size > 0 {
			b.retired = append(b.retired, chunk{p.mem, p.size})
		}
	}
	b.kept = b.kept[:0]
	b.bury()
}

// temp gives memory until the call ends.
func (b *Backend) temp(bytes int) address {
	s := &b.scratch
	bytes = (max(bytes, 1) + scratchAlign - 1) / scratchAlign * scratchAlign
	if n := len(s.chunks); n == 0 || s.used+bytes > s.chunks[n-1].size {
		s.grow(b, bytes)
	}
	at := s.chunks[len(s.chunks)-1].at + address(s.used)
	s.used += bytes
	return at
}

// raw is the bytes of a slice.
func raw[T byte | uint16 | int32 | uint64 | float32 | float64](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*int(unsafe.Sizeof(x[0])))
}
