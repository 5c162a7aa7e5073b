// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cudaemu

package cuda

// #cgo CXXFLAGS: -std=c++17 -O2 -Wall -Wextra
// #include <stdlib.h>
// #include "emu.h"
import "C"

import (
	"embed"
	"fmt"
	"sync"
	"unsafe"

	"github.com/skillneuron/skillneuron/engine"
)

// The go command looks at embedded files, and not at .cu files, to see whether emu.cc has to be compiled again.
//
//go:embed *.cu *.cuh *.inc emu
var sources embed.FS

// emulated is a device on the processor. Launches of all of them take turns, since the grid's variables are global.
type emulated struct {
	falling bool // threads of a block run in falling order
	sizes   map[address]int
}

var grids sync.Mutex

func openDevice(number int) (device, error) {
	if number != 0 {
		return nil, fmt.Errorf("cuda: no device %d; there is one, 0, emulated", number)
	}
	return newEmulated(), nil
}

func newEmulated() *emulated { return &emulated{sizes: map[address]int{}} }

func (*emulated) name() string    { return "cuda:0/emulated" }
func (*emulated) processors() int { return 1 }
func (*emulated) largeTile() int  { return 24 }
func (*emulated) hopper() bool    { return true }
func (*emulated) enter() error    { return nil }
func (*emulated) leave()          {}
func (*emulated) sync() error     { return nil }

func (e *emulated) alloc(bytes int) (address, error) {
	p := C.emu_alloc(C.size_t(bytes))
	if p == nil {
		return 0, fmt.Errorf("cuda: memory: %w", engine.ErrMemory)
	}
	at := address(uintptr(p))
	e.sizes[at] = bytes
	return at, nil
}

func (e *emulated) free(at address, bytes int) error {
	if n, ok := e.sizes[at]; !ok || n != bytes {
		return fmt.Errorf("free of %d bytes that were not allocated", bytes)
	}
	delete(e.sizes, at)
	C.emu_free(pointer(at), C.size_t(bytes))
	return nil
}

// pointer is an address of C memory; the detour keeps vet from taking it for Go's.
func pointer(at address) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

func span(at unsafe.Pointer, bytes int) []byte { return unsafe.Slice((*byte)(at), bytes) }

func (*emulated) upload(dst address, src unsafe.Pointer, bytes int) error {
	copy(span(pointer(dst), bytes), span(src, bytes))
	return nil
}

// download is kept out of its callers: Go 1.26 fails to compile a copy of few constant bytes from such a pointer.
//
//go:noinline
func (*emulated) download(dst unsafe.Pointer, src address, bytes int) error {
	copy(span(dst, bytes), span(pointer(src), bytes))
	return nil
}

func (*emulated) copy(dst, src address, bytes int) error {
	copy(span(pointer(dst), bytes), span(pointer(src), bytes))
	return nil
}

func (*emulated) pinned(bytes int) ([]byte, error) { return make([]byte, bytes), nil }

// submit runs the commands at once.
func (e *emulated) submit(s *slab, words []uint64, kernels []string) error {
	for _, g := range s.segments {
		copy(span(pointer(g.seat), g.used), g.host)
	}
	if err := run(e, words, kernels); err != nil {
		return err
	}
	return s.bringBack(func(to []byte, from address) error { return e.download(unsafe.Pointer(&to[0]), from, len(to)) })
}

func (*emulated) finish(*slab) error { return nil }

func (*emulated) zero(dst address, bytes int) error {
	clear(span(pointer(dst), bytes))
	return nil
}

// launch panics where a kernel does what no kernel may: the fault is this package's, and no caller could do anything about it.
func (e *emulated) launch(kernel string, g grid, threads int, args []uint64) error {
	name := C.CString(kernel)
	defer C.free(unsafe.Pointer(name))
	k := C.emu_find(name)
	if k < 0 {
		panic(fmt.Sprintf("cuda: there is no kernel %s", kernel))
	}
	if n := int(C.emu_args(k)); n != len(args) {
		panic(fmt.Sprintf("cuda: kernel %s takes %d arguments, got %d", kernel, n, len(args)))
	}
	falling := C.int(0)
	if e.falling {
		falling = 1
	}
	grids.Lock()
	defer grids.Unlock()
	if what := C.emu_launch(k, C.uint(g.x), C.uint(g.y), C.uint(g.z), C.int(threads), C.size_t(dynamicShared(kernel)), (*C.uint64_t)(&args[0]), falling); what != nil {
		panic(fmt.Sprintf("cuda: kernel %s: %s", kernel, C.GoString(what)))
	}
	return nil
}
