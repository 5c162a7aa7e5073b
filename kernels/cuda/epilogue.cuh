// SPDX-License-Identifier: GPL-3.0-or-later
//
// What follows a product: see engine.MatMul and engine.FFN. Each takes a sum to its place and gives what it wrote there.
#pragma once

struct Store {
	static const bool tapped = false;
	float *dst;
	const float *bias, *res; // or null
	int cols;
	__device__ float operator()(int r, int c, float sum) const {
		size_t i = size_t(r) * cols + c;
		if (res)
			sum += res[i];
		return dst[i] = bias ? sum + bias[c] : sum;
	}
};

struct Accumulate {
	static const bool tapped = false;
	float *dst;
	int cols;
	__device__ float operator()(int r, int c, float sum) const { return dst[size_t(r) * cols + c] += sum; }
};

enum { edit_zero, edit_mean, edit_gaussian };

struct Activate {
	static const bool tapped = true;
	float *dst, *pre;           // pre or null
	const float *bias;          // or null
	const unsigned char *edits; // marks the neurons to edit, or null
	int kind;
	const float *vector; // replacement, or deviation of the noise
	const u64 *stream;   // of the noise, for each row
	int cols;
	const FusedTap *taps;
	int n_taps;
	__device__ float operator()(int r, int c, float sum) const {
		size_t i = size_t(r) * cols + c;
		float u = bias ? sum + bias[c] : sum, v;
		if (pre)
			pre[i] = u;
		if (!edits || !edits[c])
			v = gelu(u);
		else if (kind == edit_zero)
			v = 0.f;
		else if (kind == edit_mean)
			v = vector[c];
		else
			v = gelu(u) + vector[c] * deviate(stream[r], c);
		return dst[i] = v;
	}
	template <class Tile> __device__ void taps_read(Tile &tile, int pitch, int tile_c, int r, int step, int rows, int first_row, int c) const {
		ROLLED for (int t = 0; t < n_taps; t++)
			taps[t].read(tile, pitch, tile_c, r, step, rows, first_row, c, cols);
	}
};

// finish_tile finishes sums that stand in tile, of elements from (first_row, first_col) on, as far as they are in the destination [m, n], and leaves there what
// was written, for taps. A thread has one column, and its own rows.
template <int COLS, class Tile, class Finish>
__device__ void finish_tile(Tile &tile, int pitch, int rows, int first_row, int first_col, int m, int n, const Finish &finish) {
	const int step = 256 / COLS;
	int tile_c = threadIdx.x % COLS, r = threadIdx.x / COLS, c = first_col + tile_c;
	if (rows > m - first_row)
		rows = m - first_row;
	if (c >= n)
		return;
	ROLLED for (int i = r; i < rows; i += step) {
		int at = i * pitch + tile_c;
		float v = finish(first_row + i, c, number(tile[at]));
		if (Finish::tapped)
			keep(tile[at], v);
	}
	if constexpr (Finish::tapped)
		finish.taps_read(tile, pitch, tile_c, r, step, rows, first_row, c);
}
