// SPDX-License-Identifier: GPL-3.0-or-later
//
// The counter-based generator of engine/random.go.
#pragma once

const u64 golden = 0x9e3779b97f4a7c15;

__device__ u64 mix(u64 z) {
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

// keeps tells whether element i of the stream stays, where limit is the probability of dropping in units of 2⁻²⁴.
__device__ bool keeps(u64 stream, u64 i, i64 limit) { return i64(mix(stream + i * golden) >> 40) >= limit; }

// deviate is the standard normal deviate of neuron i in the stream, by Box and Muller. It is rare and large: inlined into an
// unrolled epilogue it would push sums out of registers.
__device__ NOINLINE float deviate(u64 stream, u64 i) {
	u64 u = mix(stream + i * golden);
	double radius = sqrt(-2 * log((double(u >> 32) + 0.5) * 0x1p-32));
	return float(radius * cos(2 * 3.14159265358979323846 * double(unsigned(u)) * 0x1p-32));
}
