package simd

import (
	"fmt"
	"strings"
)

// KC is the length of a block of K: every element of a product is summed in blocks of KC.
const KC = 384

type isa int

const (
	isaGo isa = iota
	isaAVX2
	isaAVX512
	isaNEON
)

// Set is one family of kernels. Sets come from [Sets] and [Lookup].
type Set struct {
	Name string

	isa isa
	mr  int // rows of a tile of C
	nr  int // columns of a tile of C, the width of a panel
	v   vector

	vnni bool // 8-bit products on AVX-512 VNNI
	amx  bool // products of bfloat16 and bytes on AMX
}

// vector holds the routines over contiguous float32; n is never 0, and the pointers may be equal but not otherwise overlap.
type vector struct {
	gelu      func(dst, src *float32, n int)
	geluGrad  func(dst, u, dy *float32, n int)
	exp       func(dst, src *float32, n int)
	maxScaled func(x *float32, n int, scale float32) float32
	expShift  func(dst, x *float32, n int, scale, shift float32) float32
	divide    func(dst, x *float32, n int, d float32)
	add       func(dst, a, b *float32, n int)
	mul       func(dst, a, b *float32, n int)
	axpy      func(dst, x *float32, n int, alpha float32)
	scale     func(dst, x *float32, n int, alpha float32)
	dot       func(a, b *float32, n int) float32
	sum       func(x *float32, n int) float32
	sumSq     func(x *float32, n int, mean float32) float32
	normalise func(dst, x, gamma, beta *float32, n int, mean, rstd float32)

	// These are nil in sets that leave them to Go. n is a multiple of tapWidth, and there are rows; each returns the largest magnitude that it read.
	fixedSums  func(dst *int64, x *float32, rows *int32, m, ld, n int) uint32
	countAbove func(dst *int64, x *float32, rows *int32, m, ld, n int, thr *float32, flip *int32) uint32
	maxRows    func(dst, x *float32, rows *int32, m, ld, n int) uint32

	transposeBlocks func(dst *float32, ldd int, src *float32, lds, rows, cols int) // of 8 by 8, strides in bytes; or nil
}

var sets = append(native(), &Set{Name: "go", isa: isaGo, mr: 2, nr: 4, v: goVector})

// Sets lists the kernel sets of this machine and build, fastest first. The last one is always "go".
func Sets() []*Set { return append([]*Set(nil), sets...) }

// Lookup finds a set by name; "auto" and "" are the fastest one. The error names what there is.
func Lookup(name string) (*Set, error) {
	if name == "" || name == "auto" {
		return sets[0], nil
	}
	var have []string
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
		have = append(have, s.Name)
	}
	switch name {
	case "amx", "avx512", "avx2", "neon":
		return nil, fmt.Errorf("kernel set %q is not available on this processor or in this build; choose auto or one of: %s", name, strings.Join(have, ", "))
	}
	return nil, fmt.Errorf("there is no kernel set %q; choose auto or one of: %s", name, strings.Join(have, ", "))
}

// ShapeError is the panic value of a call whose lengths do not fit together.
type ShapeError struct {
	Op   string // the method
	What string
}

func (e *ShapeError) Error() string { return "simd." + e.Op + ": " + e.What }

func fault(op, format string, args ...any) {
	panic(&ShapeError{Op: op, What: fmt.Sprintf(format, args...)})
}

// sameLen panics unless every slice is as long as the destination.
func sameLen(op string, n int, others ...int) {
	for _, o := range others {
		if o != n {
			fault(op, "destination has %d elements, a source has %d", n, o)
		}
	}
}

// matrix panics unless a slice of length have holds a row-major [rows, cols] matrix with the given stride.
func matrix(op, name string, have, rows, cols, ld int) {
	switch {
	case rows < 0 || cols < 0:
		fault(op, "%s has shape [%d, %d]", name, rows, cols)
	case rows == 0 || cols == 0:
	case ld < cols:
		fault(op, "%s has stride %d for %d columns", name, ld, cols)
	case have < (rows-1)*ld+cols:
		fault(op, "%s of shape [%d, %d] with stride %d needs %d elements, has %d", name, rows, cols, ld, (rows-1)*ld+cols, have)
	}
}
