// SPDX-License-Identifier: GPL-3.0-or-later
//
// Copies into shared memory that a thread does not wait for (cp.async), and loads of matrices from there into the fragments of mma.sync (ldmatrix).
#pragma once

#ifdef __CUDACC__
template <class T> __device__ unsigned shared_address(T *x) { return unsigned(__cvta_generic_to_shared(x)); }
#endif

// copy_async begins to copy 16 bytes to element at of tile.
template <class Tile> __device__ void copy_async(Tile &tile, int at, const unsigned *from) {
#ifdef __CUDACC__
	asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&tile[at])), "l"(from) : "memory");
#else
	emu::copy_async(tile, at, from);
#endif
}

// close_copies makes a group of the copies that the thread has begun since the last one.
__device__ void close_copies() {
#ifdef __CUDACC__
	asm volatile("cp.async.commit_group;" ::: "memory");
#else
	emu::close_copies();
#endif
}

// wait_copies waits for the thread's groups but the last PENDING. Other threads see what arrived behind a barrier.
template <int PENDING> __device__ void wait_copies() {
#ifdef __CUDACC__
	asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
#else
	emu::wait_copies(PENDING);
#endif
}

// load_matrices reads four matrices of 8 rows of 16 bytes: at is where row l%8 of matrix l/8 begins, for lane l, which receives word l%4 of row l/4 of each.
template <class Tile> __device__ void load_matrices(unsigned *r, Tile &tile, int at) {
#ifdef __CUDACC__
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
	             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
	             : "r"(shared_address(&tile[at]))
	             : "memory");
#else
	emu::load_matrices(r, tile, at, __LINE__);
#endif
}
