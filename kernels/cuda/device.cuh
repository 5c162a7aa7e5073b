// SPDX-License-Identifier: GPL-3.0-or-later
//
// What all kernels share. They are compiled without contraction, so that an emulated kernel has the bits of the card's wherever it calls none of
// CUDA's own functions: fmaf stands where a fused operation is meant.
#pragma once

#ifdef __CUDACC__
#define SHARED(type, name, n) __shared__ __align__(16) type name[n]
#define NOINLINE __noinline__
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("unroll 1")
#else
#define NOINLINE __attribute__((noinline))
#define UNROLL
#define ROLLED
#endif

// A kernel's threads of a block, and how many blocks a multiprocessor has to have room for, which bounds registers.
#define KERNEL(...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__)

// i runs over n elements, whatever the grid.
#define EACH(i, n) for (size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x, i##_end = size_t(n); i < i##_end; i += size_t(gridDim.x) * blockDim.x)

typedef unsigned long long u64;
typedef long long i64;

// Count is how many there are: a number, or, with the topmost bit set, where a table has it. With a table, batches of nearly as many rows are launched alike.
// The grid may be larger than the number: blocks beyond it have nothing to do.
struct Count {
	i64 word;
	__device__ operator i64() const { return word >= 0 ? word : *reinterpret_cast<const i64 *>(word & 0x7fffffffffffffff); }
};

const unsigned all_lanes = 0xffffffff;

// Element types, numbered as engine.DType is.
enum { f32 = 0, f16 = 1, bf16 = 2, int64 = 3 };

// widen_f16 is exact, and has the bits of package half's also where h is NaN.
__device__ float widen_f16(unsigned h) {
	unsigned bits = (h & 0x7fff) << 13;
	if (bits < 0x7c00u << 13)
		bits = __float_as_uint(__uint_as_float(bits) * 0x1p112f);
	else
		bits |= 0x7f800000;
	return __uint_as_float(bits | (h & 0x8000) << 16);
}

__device__ unsigned narrow_f16(float f) {
	unsigned b = __float_as_uint(f), sign = b >> 16 & 0x8000, abs = b & 0x7fffffff;
	if (abs > 0x7f800000) {
		unsigned payload = abs >> 13 & 0x3ff;
		return sign | 0x7c00 | (payload ? payload : 0x200);
	}
	if (abs >= 0x477ff000)
		return sign | 0x7c00;
	if (abs < 0x38800000)
		return sign | (__float_as_uint(__uint_as_float(abs) + 0.5f) - __float_as_uint(0.5f));
	abs += 0xfff + (abs >> 13 & 1);
	return sign | (abs - ((127 - 15) << 23)) >> 13;
}

__device__ unsigned narrow_bf16(float f) {
	unsigned b = __float_as_uint(f);
	if ((b & 0x7fffffff) > 0x7f800000) {
		unsigned payload = b >> 16 & 0x7f;
		return (b >> 16 & 0xff80) | (payload ? payload : 0x40);
	}
	return (b + 0x7fff + (b >> 16 & 1)) >> 16;
}

__device__ float load(const void *x, int type, size_t i) {
	if (type == f32)
		return static_cast<const float *>(x)[i];
	unsigned h = static_cast<const unsigned short *>(x)[i];
	return type == f16 ? widen_f16(h) : __uint_as_float(h << 16);
}

__device__ void store(void *x, int type, size_t i, float v) {
	if (type == f32)
		static_cast<float *>(x)[i] = v;
	else
		static_cast<unsigned short *>(x)[i] = type == f16 ? narrow_f16(v) : narrow_bf16(v);
}

// load4 reads 16 aligned bytes at once.
__device__ void load4(float *to, const float *from) {
#ifdef __CUDACC__
	float4 v = *reinterpret_cast<const float4 *>(from);
	to[0] = v.x, to[1] = v.y, to[2] = v.z, to[3] = v.w;
#else
	for (int i = 0; i < 4; i++)
		to[i] = from[i];
#endif
}

// number and keep are for shared memory that holds words in turn with float32.
__device__ float number(float x) { return x; }
__device__ float number(unsigned x) { return __uint_as_float(x); }
__device__ void keep(float &to, float x) { to = x; }
__device__ void keep(unsigned &to, float x) { to = __float_as_uint(x); }

// sum32 and max32 combine the lanes of a warp in one fixed order, the same value in each; max32 passes over NaN.
template <class T> __device__ T sum32(T v) {
	for (int x = 16; x > 0; x /= 2)
		v += __shfl_xor_sync(all_lanes, v, x);
	return v;
}

__device__ float max32(float v) {
	for (int x = 16; x > 0; x /= 2)
		v = fmaxf(v, __shfl_xor_sync(all_lanes, v, x));
	return v;
}

#include "math.cuh"
#include "random.cuh"
