// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"encoding/binary"
	"math/bits"
)

// Batches of texts seldom have equally many rows, and a list of commands that comes again word for word is one graph. So whatever is in a command is made of a
// bucket of rows, not of their number: grids, the room that tensors and tables take. The number itself stands in a table, where kernels read it.

// bucket is n, or the next of 16 equal steps between two powers of two: at most a sixteenth more. Those of bytes are those of the rows that they are of.
func bucket(n int) int {
	step := 1 << max(bits.Len(uint(max(n, 1)))-5, 0)
	return (n + step - 1) / step * step
}

// Bucket is for arenas; see [engine.Bucketed].
func (b *Backend) Bucket(rows int) int { return bucket(rows) }

// counts is a part of a list's tables that holds numbers of rows or elements.
type counts struct{ segment, from, used, size int }

const countsPage = 256

// inTable is bit 63 of an argument that is the address of a number; see Count in device.cuh.
const inTable = 1 << 63

// count adds to a kernel's arguments a number that is no part of the command.
func (a *args) count(b *Backend, n int) *args {
	s := b.queue.slab
	c := &s.counts
	if c.used == c.size {
		number, from := b.room(8 * countsPage)
		*c = counts{segment: number, from: from, size: countsPage}
	}
	at := c.from + 8*c.used
	c.used++
	g := &s.segments[c.segment]
	binary.NativeEndian.PutUint64(g.host[at:], uint64(n))
	return a.word(inTable | uint64(g.seat+address(at)))
}

// upTo is x with copies of v behind it, n in all: a table that is as long for every batch of a bucket.
func upTo[T any](x []T, n int, v T) []T {
	for len(x) < n {
		x = append(x, v)
	}
	return x
}
