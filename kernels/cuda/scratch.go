// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"unsafe"

	"github.com/skillneuron/skillneuron/engine"
)

// scratch is memory of the device for the length of a call. Kernels run in the order of launches, so that the next call may write over what this one's still
// read. It grows to what the largest call needs.
type scratch struct {
	chunks []chunk
	used   int // of the last chunk
}

type chunk struct {
	at   address
	size int
}

const scratchLeast, scratchAlign = 1 << 20, 256

func (s *scratch) reset(b *Backend) {
	s.used = 0
	if len(s.chunks) < 2 {
		return
	}
	size := 0
	for _, c := range s.chunks {
		size += c.size
		b.check(b.dev.free(c.at, c.size))
	}
	s.chunks = s.chunks[:0]
	s.grow(b, size)
}

func (s *scratch) grow(b *Backend, size int) {
	at, err := b.dev.alloc(size)
	if err != nil {
		panic(&engine.MemoryError{Bytes: size, Err: err})
	}
	s.chunks, s.used = append(s.chunks, chunk{at, size}), 0
}

// temp gives memory until the call ends.
func (b *Backend) temp(bytes int) address {
	s := &b.scratch
	bytes = (max(bytes, 1) + scratchAlign - 1) / scratchAlign * scratchAlign
	if n := len(s.chunks); n == 0 || s.used+bytes > s.chunks[n-1].size {
		s.grow(b, max(bytes, scratchLeast))
	}
	at := s.chunks[len(s.chunks)-1].at + address(s.used)
	s.used += bytes
	return at
}

// tables brings slices to the device, in one copy.
func (b *Backend) tables(slices ...[]byte) (at [8]address) {
	const align = 16
	size := 0
	for i, x := range slices {
		at[i] = address(size)
		size += (len(x) + align - 1) / align * align
	}
	if size == 0 {
		return [8]address{}
	}
	if len(b.host) < size {
		b.host = make([]byte, 2*size)
	}
	base := b.temp(size)
	for i, x := range slices {
		copy(b.host[at[i]:], x)
		at[i] += base
	}
	b.check(b.dev.upload(base, unsafe.Pointer(&b.host[0]), size))
	return at
}

// raw is the bytes of a slice.
func raw[T byte | int32 | uint64 | float32](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*int(unsafe.Sizeof(x[0])))
}
