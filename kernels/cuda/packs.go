// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"slices"
	"sync"

	"github.com/skillneuron/skillneuron/engine"
)

// Extents of packed.cuh's tiles.
const (
	packRows  = 128
	packWords = 32
	packTile  = 4 * packRows * packWords // bytes
)

// packed is a matrix, or memory for one, in the form that products on tensor cores read; see packed.cuh.
type packed struct {
	buf             *buffer // whose elements from off on it holds; nil: nobody's
	off, rows, cols int
	turned          bool // it holds the transpose of elements [cols, rows]
	valid           bool // these have not been written since
	mem             address
	size            int
}

// keptPacks is the number of packed activations that a backend keeps: what one op writes the next ones read, and little is read later.
const keptPacks = 4

// packList is a buffer's packed matrices. Its lock is for writers of other tensors in the buffer, who do not hold the backend's.
type packList struct {
	mu   sync.Mutex
	list []*packed
}

// written forgets what elements [lo, hi) were packed into.
func (l *packList) written(lo, hi int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.list {
		if p.off < hi && lo < p.off+p.rows*p.cols {
			p.valid = false
		}
	}
}

// numbers is the number of them in a packed word: 0 in float32, where nothing is packed.
func (b *Backend) numbers() int {
	switch b.tensor {
	case "_tf32":
		return 1
	case "_bf16":
		return 2
	}
	return 0
}

// packTiles is the number of tiles that cols numbers of a row fill.
func (b *Backend) packTiles(cols int) int { return blocks(cols, packWords*b.numbers()) }

func (b *Backend) packBytes(rows, cols int) int {
	return blocks(bucket(rows), packRows) * b.packTiles(cols) * packTile
}

// pack gives t packed: weights once, activations unless they are among the last.
func (b *Backend) pack(op string, t engine.Tensor) address {
	buf := at(op, t)
	if at, ok := b.findPack(buf, t); ok {
		return at
	}
	var p *packed
	if buf.use == engine.Weights {
		p = b.weightPack(buf, t, false)
	} else {
		p = b.freshPack(t)
	}
	b.fill("pack", p, buf, b.in(op, t))
	return p.mem
}

// packTurned gives the transpose of weights packed, once.
func (b *Backend) packTurned(op string, w engine.Tensor) address {
	buf := at(op, w)
	p := b.weightPack(buf, w, true)
	if !b.isValid(buf, p) {
		b.fill("pack_turned", p, buf, b.in(op, w))
	}
	return p.mem
}

// fill packs what is at from.
func (b *Backend) fill(kernel string, p *packed, buf *buffer, from address) {
	b.each(kernel+b.tensor, p.bytes(b)/4, 1, pass().at(p.mem, from).count(b, p.rows).ints(p.cols, b.packTiles(p.cols)))
	b.holds(p, buf)
}

func (p *packed) bytes(b *Backend) int { return b.packBytes(p.rows, p.cols) }

// findPack looks for t, or for rows of which t is some from a tile's first on.
func (b *Backend) findPack(buf *buffer, t engine.Tensor) (address, bool) {
	buf.packs.mu.Lock()
	defer buf.packs.mu.Unlock()
	for _, p := range buf.packs.list {
		first := 0
		if t.Cols > 0 {
			first = (t.Off - p.off) / t.Cols
		}
		if p.valid && !p.turned && p.cols == t.Cols && t.Off >= p.off && p.off+first*t.Cols == t.Off && first%packRows == 0 && first+t.Rows <= p.rows {
			if i := slices.Index(b.kept, p); i >= 0 {
				b.kept = append(slices.Delete(b.kept, i, i+1), p)
			}
			return p.mem + address(first/packRows*b.packTiles(t.Cols)*packTile), true
		}
	}
	return 0, false
}

// weightPack is the place of packed weights, which keeps its memory when they change.
func (b *Backend) weightPack(buf *buffer, t engine.Tensor, turned bool) *packed {
	if turned {
		t.Rows, t.Cols = t.Cols, t.Rows
	}
	buf.packs.mu.Lock()
	i := slices.IndexFunc(buf.packs.list, func(p *packed) bool {
		return p.off == t.Off && p.rows == t.Rows && p.cols == t.Cols && p.turned == turned
	})
	if i >= 0 {
		defer buf.packs.mu.Unlock()
		return buf.packs.list[i]
	}
	buf.packs.mu.Unlock()
	p := &packed{off: t.Off, rows: t.Rows, cols: t.Cols, turned: turned}
	b.fit(p)
	return p
}

// freshPack is memory for packed activations: that of those which have not been used for longest.
func (b *Backend) freshPack(t engine.Tensor) *packed {
	if len(b.kept) < keptPacks {
		b.kept = append(b.kept, new(packed))
	} else {
		b.kept = append(b.kept[1:], b.kept[0])
	}
	p := b.kept[len(b.kept)-1]
	p.leave()
	p.off, p.rows, p.cols = t.Off, t.Rows, t.Cols
	b.fit(p)
	return p
}

// fit sees to p's memory.
func (b *Backend) fit(p *packed) {
	size := p.bytes(b)
	if size <= p.size {
		return
	}
	if p.size > 0 {
		b.retired = append(b.retired, chunk{p.mem, p.size})
	}
	p.mem, p.size = 0, 0
	at, err := b.dev.alloc(size)
	if err != nil {
		b.noMemory(size, err)
	}
	p.mem, p.size = at, size
}

// isValid tells whether p, of weights, holds what they are.
func (b *Backend) isValid(buf *buffer, p *packed) bool {
	buf.packs.mu.Lock()
	defer buf.packs.mu.Unlock()
	return p.valid
}

// holds makes p what its elements of a buffer are packed into, unless the call is taken back.
func (b *Backend) holds(p *packed, buf *buffer) {
	buf.packs.mu.Lock()
	defer buf.packs.mu.Unlock()
	p.buf, p.valid = buf, true
	b.made = append(b.made, p)
	if !slices.Contains(buf.packs.list, p) {
		buf.packs.list = append(buf.packs.list, p)
	}
}

// leave makes p nobody's.
func (p *packed) leave() {
	if p.buf == nil {
		return
	}
	l := &p.buf.packs
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(x *packed) bool { return x == p })
	p.buf, p.valid = nil, false
}

// also adds to a kernel's arguments where it packs its destination t besides: nowhere unless products may follow. Columns have to fill whole tiles.
func (b *Backend) also(a *args, t engine.Tensor) *args {
	if n := b.numbers(); n > 0 && t.Cols%(packWords*n) == 0 {
		if at := b.packBeside(t); at != 0 {
			return a.at(at).ints(n, b.packTiles(t.Cols))
		}
	}
	return a.at(0).ints(0, 0)
}

// packBeside is where a kernel that writes activations t packs them besides, or 0. Sources are packed after it: it may take over the memory of one.
func (b *Backend) packBeside(t engine.Tensor) address {
	buf := t.Buf.(*buffer)
	if b.numbers() == 0 || t.Len() == 0 || buf.use == engine.Weights {
		return 0
	}
	p := b.freshPack(t)
	b.holds(p, buf)
	return p.mem
}

// unmake forgets what the present call would have packed.
func (b *Backend) unmake() {
	for _, p := range b.made {
		if p.buf == nil {
			continue
		}
		p.buf.packs.mu.Lock()
		p.valid = false
		p.buf.packs.mu.Unlock()
	}
	b.made = b.made[:0]
}

// freePacks gives up all packed forms of a buffer, once all commands are done.
func (b *Backend) freePacks(buf *buffer) {
	for _, p := range slices.Clone(buf.packs.list) {
		p.leave()
		if p.size > 0 && !slices.Contains(b.kept, p) {
			b.check(b.dev.free(p.mem, p.size))
		}
	}
}
