// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "unsafe"

// address is a place in a device's memory.
type address uint64

// grid is blocks of a launch.
type grid struct{ x, y, z int }

// device runs kernels and moves bytes, in the order of calls. The backend calls it under its lock, between enter and leave.
type device interface {
	// name is "cuda:0", and what it is.
	name() string
	// processors is the number of multiprocessors.
	processors() int
	// largeTile is the number of rows and columns from which a product may take large tiles.
	largeTile() int
	// hopper tells whether it is of compute capability 9.0, for which wgmma.cu is compiled.
	hopper() bool
	enter() error
	leave()
	// alloc gives zeroed memory.
	alloc(bytes int) (address, error)
	free(at address, bytes int) error
	upload(dst address, src unsafe.Pointer, bytes int) error
	download(dst unsafe.Pointer, src address, bytes int) error
	copy(dst, src address, bytes int) error
	zero(dst address, bytes int) error
	// launch runs a kernel with arguments of 8 bytes each.
	launch(kernel string, g grid, threads int, args []uint64) error
	sync() error
}
