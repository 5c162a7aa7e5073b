// SPDX-License-Identifier: GPL-3.0-or-later

// pack makes a packed matrix [rows, cols] of x, n words of it: element (r, c) is x[r*row + c*col].
template <class P> __device__ void pack(unsigned *words, const float *x, int rows, int cols, size_t row, size_t col, int tiles, u64 n) {
	EACH(i, n) {
		int in = i % pack_tile, r = in / pack_words, tile = i / pack_tile;
		int w = tile % tiles * pack_words + (in % pack_words / 4 ^ r % 8) * 4 + in % 4; // spot is its own inverse
		r += tile / tiles * pack_rows;
		float v[2] = {0.f, 0.f};
		UNROLL for (int j = 0; j < P::each; j++) if (r < rows && w * P::each + j < cols)
			v[j] = x[r * row + (w * P::each + j) * col];
		words[i] = P::pack(v);
	}
}

// pack_turned packs the transpose of a matrix [cols, rows]: weights, once, so that it may read across its lines.
#define PACKS(name, P)                                                                                                                                   \
	KERNEL(256) pack_##name(unsigned *words, const float *x, Count rows, int cols, int tiles, Count n) {                                                   \
		pack<P>(words, x, rows, cols, cols, 1, tiles, n);                                                                                                    \
	}                                                                                                                                                    \
	KERNEL(256) pack_turned_##name(unsigned *words, const float *x, Count rows, int cols, int tiles, Count n) {                                            \
		pack<P>(words, x, rows, cols, 1, int(rows), tiles, n);                                                                                               \
	}
PACKS(tf32, Tf32)
PACKS(bf16, Bf16)
#undef PACKS
