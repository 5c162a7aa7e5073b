// SPDX-License-Identifier: GPL-3.0-or-later
//
// Taps, in integers: sums in units of 2⁻³² and counts have the same bits in any order. What cannot be taken in is left out and noted in fault: the first in
// the order of elements.
#pragma once

enum { fault_nan, fault_inf, fault_minus_inf, fault_large, fault_overflow };

__device__ void note(u64 *fault, int at, int cols, int c, int what) { atomicMin(fault, (u64(at) * cols + c) << 3 | what); }

__device__ void note_value(u64 *fault, int at, int cols, int c, float x) {
	note(fault, at, cols, c, !(x == x) ? fault_nan : x == INFINITY ? fault_inf : x == -INFINITY ? fault_minus_inf : fault_large);
}

__device__ bool finite(float x) { return x - x == 0.f; }

__device__ i64 fixed(float x) { return i64(rint(double(x) * 4294967296.)); }

// summable tells whether x is small enough for 2²⁰ of its like to be summed without a look at overflow.
__device__ bool summable(float x) { return fabsf(x) < 1024.f; }

// FusedTap is a tap without pooling that rides in the epilogue of a product. tap_merge completes sums.
enum { tap_kind_sum, tap_kind_count, tap_kind_copy };

struct FusedTap {
	i64 kind;
	const int *slot;        // of each row; negative: not read
	const int *label;       // of each row, to count; to copy, 1 for the last row of a slot
	const float *threshold; // [slots, cols], to count
	i64 *acc;               // [slots, cols]: zeroed, for sums that tap_merge takes on; the tap's own counts
	unsigned *large;        // [slots, cols], zeroed: marks sums with an addend that is not summable
	float *out;             // to copy
	i64 neuron;             // the only one to copy, or negative
	u64 *fault;

	// read takes in column c of the values in tile, rows r, r+step, …, of those from first_row on. Neighbouring rows of one slot become one addition.
	template <class Tile> __device__ void read(Tile &tile, int pitch, int tile_c, int r, int step, int rows, int first_row, int c, int cols) const {
		int last = -1;
		i64 sum = 0;
		float level = 0.f;
		ROLLED for (; r < rows; r += step) {
			int row = first_row + r, s = slot[row];
			if (s < 0)
				continue;
			float v = number(tile[r * pitch + tile_c]);
			if (kind == tap_kind_copy) {
				copy(row, s, c, cols, v);
				continue;
			}
			size_t at = size_t(s) * cols + c;
			if (s != last) {
				flush(last, sum, c, cols);
				last = s;
				sum = 0;
				if (kind == tap_kind_count)
					level = threshold[at];
			}
			if (kind == tap_kind_count) {
				sum += (v > level) == (label[row] == 1);
				if (!finite(v))
					note_value(fault, row, cols, c, v);
			} else if (summable(v))
				sum += fixed(v);
			else
				atomicOr(large + at, 1u);
		}
		flush(last, sum, c, cols);
	}
	__device__ void flush(int s, i64 sum, int c, int cols) const {
		if (s >= 0 && sum != 0)
			atomicAdd(reinterpret_cast<u64 *>(acc + size_t(s) * cols + c), u64(sum));
	}
	__device__ void copy(int row, int s, int c, int cols, float v) const {
		if (neuron >= 0 && c != neuron)
			return;
		if (!finite(v))
			note_value(fault, row, cols, c, v);
		if (label[row] == 1)
			out[neuron >= 0 ? size_t(s) : size_t(s) * cols + c] = v;
	}
};
