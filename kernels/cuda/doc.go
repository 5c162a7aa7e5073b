// SPDX-License-Identifier: GPL-3.0-or-later

// Package cuda is an [engine.Backend] on an NVIDIA GPU, with kernels of its own in CUDA C++, one family a .cu file. It is licensed under the
// GPL-3.0-or-later, unlike the rest of the module, because it links mumax's CUDA bindings; nothing but package kernels imports it, and only under one of two
// build tags:
//
//   - cuda: the card, through the driver, which is opened when a device is; make cuda builds this.
//   - cudaemu: an emulated device. The same .cu files, compiled as C++ against the headers in emu, run on the processor: blocks in turn, the threads of a
//     block as fibres that meet at barriers. It is slow, checks every index into shared memory, every barrier and every asynchronous copy, and is there for tests.
//
// Kernels are deterministic: sums over rows run in the order of rows, each element by one thread; atomic operations are on integers alone. No kernel has
// been timed on a card yet.
package cuda
