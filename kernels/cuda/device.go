// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "unsafe"

// address is a place in a device's memory.
type address uint64

// grid is blocks of a launch.
type grid struct{ x, y, z int }

// device runs lists of commands in their order. The backend calls it under its lock, between enter and leave.
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
	// alloc gives memory, not zeroed. free waits for everything before.
	alloc(bytes int) (address, error)
	free(at address, bytes int) error
	// pinned gives memory of the host that the device can reach, for good.
	pinned(bytes int) ([]byte, error)
	// upload and download wait for everything before, and for the bytes.
	upload(dst address, src unsafe.Pointer, bytes int) error
	download(dst unsafe.Pointer, src address, bytes int) error
	// submit brings the tables of s to their seats, runs the commands, and brings back what is to come to the host: all behind what was submitted before, of
	// which nothing is waited for. finish waits for these.
	submit(s *slab, words []uint64, kernels []string) error
	finish(s *slab) error
	sync() error
	commands
}

// commands are what a list is made of; see run.
type commands interface {
	// launch runs a kernel with arguments of 8 bytes each.
	launch(kernel string, g grid, threads int, args []uint64) error
	copy(dst, src address, bytes int) error
	zero(dst address, bytes int) error
}
