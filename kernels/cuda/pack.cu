// SPDX-License-Identifier: GPL-3.0-or-later

// pack makes a packed matrix of x [rows, cols], n words of it.
template <class P> __device__ void pack(unsigned *words, const float *x, int rows, int cols, int tiles, u64 n) {
	EACH(i, n) {
		int in = i % pack_tile, r = in / pack_words, tile = i / pack_tile;
		int w = tile % tiles * pack_words + (in % pack_words / 4 ^ r % 8) * 4 + in % 4; // spot is its own inverse
		r += tile / tiles * pack_rows;
		float v[2] = {0.f, 0.f};
		UNROLL for (int j = 0; j < P::each; j++) if (r < rows && w * P::each + j < cols)
			v[j] = x[size_t(r) * cols + w * P::each + j];
		words[i] = P::pack(v);
	}
}

KERNEL(256) pack_tf32(unsigned *words, const float *x, Count rows, int cols, int tiles, Count n) { pack<Tf32>(words, x, rows, cols, tiles, n); }
KERNEL(256) pack_bf16(unsigned *words, const float *x, Count rows, int cols, int tiles, Count n) { pack<Bf16>(words, x, rows, cols, tiles, n); }
