//go:build !noasm

package simd

import (
	"testing"
	"unsafe"
)

// TestRoomStays: what the assembly keeps as numbers (flip) holds wherever the Room lies, in a stack that moves too.
func TestRoomStays(t *testing.T) {
	moved := make(chan bool)
	go func() {
		var room Room
		tile := room.tile(64, 1, 1, Epilogue{})
		address := func() uintptr { return uintptr(unsafe.Pointer(tile.out)) }
		before := address()
		depth := deeper(1 << 14)
		moved <- depth == 0 || address() != before || address()%64 != 0 || address()^uintptr(tile.flip) != uintptr(unsafe.Pointer(&room.sums[bfloat16Part]))
	}()
	if <-moved {
		t.Error("the sums of a tile moved with a stack")
	}
}

// deeper grows the stack.
//
//go:noinline
func deeper(n int) int {
	if n == 0 {
		return 0
	}
	return deeper(n-1) + 1
}
