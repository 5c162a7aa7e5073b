// SPDX-License-Identifier: GPL-3.0-or-later
//
// What kernels use of CUDA C++, for a C++ compiler.
#pragma once
#include <cmath>
#include <type_traits>
#include <utility>

#include "async.h"
#include "mma.h"
#include "wgmma.h"

#define __global__
#define __device__
#define __launch_bounds__(...)
#define SHARED(type, name, n) static emu::Shared<type, n> name
#define RING(name, n) static emu::Ring<n> name

#define __syncthreads() emu::wait(emu::at_block, __LINE__)
#define __syncwarp() (void)emu::deposit(0, __LINE__)
#define __shfl_xor_sync(mask, v, other) emu::shuffle(mask, v, int(threadIdx.x % 32) ^ (other), __LINE__)
#define __shfl_sync(mask, v, lane) emu::shuffle(mask, v, lane, __LINE__)

static inline unsigned __float_as_uint(float x) {
	unsigned u;
	memcpy(&u, &x, sizeof u);
	return u;
}
static inline float __uint_as_float(unsigned u) {
	float x;
	memcpy(&x, &u, sizeof x);
	return x;
}

// Blocks run in turn on one thread of the host, so that atomic operations are plain ones. There are none on floating point.
static inline unsigned long long atomicAdd(unsigned long long *at, unsigned long long v) {
	unsigned long long was = *at;
	*at += v;
	return was;
}
static inline unsigned atomicOr(unsigned *at, unsigned v) {
	unsigned was = *at;
	*at |= v;
	return was;
}
static inline unsigned long long atomicMin(unsigned long long *at, unsigned long long v) {
	unsigned long long was = *at;
	if (v < was)
		*at = v;
	return was;
}
