// SPDX-License-Identifier: GPL-3.0-or-later
//
// What follows a product: see engine.MatMul and engine.FFN. Each reads what it needs of a column (its constants) and of an element (one number) before it takes
// sums to their places, so that several reads are on their way at once, and gives what it wrote there.
#pragma once

struct Store {
	static const bool tapped = false;
	float *dst;
	const float *bias, *res; // or null
	int cols;
	struct Column {
		float bias;
	};
	__device__ Column column(int c) const { return {bias ? bias[c] : 0.f}; }
	__device__ float read(int r, int c) const { return res ? res[size_t(r) * cols + c] : 0.f; }
	__device__ float operator()(int r, int c, float sum, Column of, float was) const {
		if (res)
			sum += was;
		return dst[size_t(r) * cols + c] = bias ? sum + of.bias : sum;
	}
};

struct Accumulate {
	static const bool tapped = false;
	float *dst;
	int cols;
	struct Column {};
	__device__ Column column(int) const { return {}; }
	__device__ float read(int r, int c) const { return dst[size_t(r) * cols + c]; }
	__device__ float operator()(int r, int c, float sum, Column, float was) const { return dst[size_t(r) * cols + c] = was + sum; }
};

enum { edit_zero, edit_mean, edit_gaussian };

// BRIEF: by gelu_brief, where operands have been rounded.
template <bool BRIEF> struct Activate {
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
	struct Column {
		float bias, vector;
		bool edited;
	};
	__device__ Column column(int c) const {
		bool edited = edits && edits[c];
		return {bias ? bias[c] : 0.f, edited && kind != edit_zero ? vector[c] : 0.f, edited};
	}
	__device__ static float active(float u) { return BRIEF ? gelu_brief(u) : gelu(u); }
	__device__ float read(int, int) const { return 0.f; }
	__device__ float operator()(int r, int c, float sum, Column of, float) const {
		size_t i = size_t(r) * cols + c;
		float u = bias ? sum + of.bias : sum, v = 0.f;
		if (pre)
			pre[i] = u;
		if (!of.edited)
			v = active(u);
		else if (kind == edit_mean)
			v = of.vector;
		else if (kind == edit_gaussian)
			v = active(u) + of.vector * deviate(stream[r], c);
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
	typename Finish::Column column = finish.column(c);
	const int together = Finish::tapped ? 2 : 4;
	ROLLED for (int i = r; i < rows; i += together * step) {
		float was[together];
		UNROLL for (int k = 0; k < together; k++)
			was[k] = i + k * step < rows ? finish.read(first_row + i + k * step, c) : 0.f;
		UNROLL for (int k = 0; k < together; k++) if (i + k * step < rows) {
			int at = (i + k * step) * pitch + tile_c;
			float v = finish(first_row + i + k * step, c, number(tile[at]), column, was[k]);
			if (Finish::tapped)
				keep(tile[at], v);
		}
	}
	if constexpr (Finish::tapped)
		finish.taps_read(tile, pitch, tile_c, r, step, rows, first_row, c);
}
