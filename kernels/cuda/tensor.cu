// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix products of packed matrices on tensor cores (mma.sync), with sums in float32. An element is summed by one thread's accumulator in the order of the
// inner index, whatever else is in the batch.
//
// A block computes 128 × 128 elements, its eight warps 64 × 32 each, 16 words of the inner index (a stage: half a tile of each operand) at a time. Three
// stages are in shared memory, as much as two blocks may have on a multiprocessor without asking for more: while one is multiplied two are on their way.

const int tensor_tile = pack_rows, stage_words = 16, stages = 3, stage_half = tensor_tile * stage_words, stage_size = 2 * stage_half;
const int sum_pitch = tensor_tile + 4;

// Feed brings one operand's stages to shared memory: a thread two chunks of 16 bytes of each.
struct Feed {
	const unsigned *from; // the operand's rows of tiles
	int at[2], to[2];     // of the chunks in a tile's first half, in a stage

	__device__ Feed(const unsigned *words, int row_tile, int tiles, int place) {
		from = words + size_t(row_tile) * tiles * pack_tile;
		for (int i = 0; i < 2; i++) {
			int r = threadIdx.x / 4 + 64 * i, c = threadIdx.x % 4;
			at[i] = spot<pack_words>(r, c);
			to[i] = place + spot<stage_words>(r, c);
		}
	}
	template <class Tile> __device__ void fetch(Tile &tile, int stage, int turn) const {
		const unsigned *x = from + size_t(stage / 2) * pack_tile;
		UNROLL for (int i = 0; i < 2; i++)
			copy_async(tile, turn * stage_size + to[i], x + (at[i] ^ stage % 2 * 16)); // chunk c+4 stands where chunk c does, but for that bit
	}
};

// Fragments of a warp: four of 16 rows of x, four of 8 rows of w, of eight words each.
struct Fragments {
	unsigned a[4][4], b[4][2];

	template <class Tile> __device__ void load(Tile &tile, int turn, int step, int warp_row, int warp_col) {
		int lane = threadIdx.x % 32, r = lane % 8, matrix = lane / 8;
		int base = turn * stage_size;
		UNROLL for (int i = 0; i < 4; i++) // rows 0…7 and 8…15 of the first chunk, then of the second
			load_matrices(a[i], tile, base + spot<stage_words>(warp_row + 16 * i + matrix % 2 * 8 + r, 2 * step + matrix / 2));
		UNROLL for (int j = 0; j < 4; j += 2) // rows 0…7 of both chunks, then 8…15
			load_matrices(b[j], tile, base + stage_half + spot<stage_words>(warp_col + 8 * j + matrix / 2 * 8 + r, 2 * step + matrix % 2));
	}
};

// pack_sums packs what finish_tile left.
template <class P, class Tile> __device__ void pack_sums(Tile &tile, unsigned *packed, int rows, int first_row, int first_col, int m, int n) {
	const int across = tensor_tile / P::each;
	int tiles = (n + pack_words * P::each - 1) / (pack_words * P::each);
	__syncthreads();
	for (int i = threadIdx.x; i < rows * across; i += 256) {
		int r = i / across, c = i % across * P::each;
		if (first_row + r >= m || first_col + c >= tiles * pack_words * P::each)
			continue;
		float v[2];
		UNROLL for (int j = 0; j < P::each; j++)
			v[j] = first_col + c + j < n ? __uint_as_float(tile[r * sum_pitch + c + j]) : 0.f;
		packed[packed_at(first_row + r, (first_col + c) / P::each, tiles)] = P::pack(v);
	}
}

// tensor_product is x [m, k]·wᵀ for w [n, k]; see product. What finish makes of the sums also goes to packed, unless that is null.
template <class P, class Finish>
__device__ void tensor_product(const unsigned *x, const unsigned *w, unsigned *packed, int m, int n, int tiles, Finish finish) {
	SHARED(unsigned, tile, stages * stage_size); // at last half of the sums
	int first_row = blockIdx.x * tensor_tile, first_col = blockIdx.y * tensor_tile;
	int warp = threadIdx.x / 32, warp_row = warp / 4 * 64, warp_col = warp % 4 * 32;
	if (first_row >= m)
		return;
	Feed xs(x, blockIdx.x, tiles, 0), ws(w, blockIdx.y, tiles, stage_half);
	float sum[4][4][4] = {};

	int n_stages = 2 * tiles;
	for (int i = 0; i < stages - 1; i++) {
		if (i < n_stages) {
			xs.fetch(tile, i, i);
			ws.fetch(tile, i, i);
		}
		close_copies();
	}
	for (int i = 0, turn = 0, ahead = stages - 1; i < n_stages; i++) {
		wait_copies<stages - 2>();
		__syncthreads(); // stage i is there for all, and nobody is at stage i-1, whose place is taken next
		if (i + stages - 1 < n_stages) {
			xs.fetch(tile, i + stages - 1, ahead);
			ws.fetch(tile, i + stages - 1, ahead);
		}
		close_copies();
		UNROLL for (int step = 0; step < 2; step++) {
			Fragments f;
			f.load(tile, turn, step, warp_row, warp_col);
			UNROLL for (int i = 0; i < 4; i++)
				UNROLL for (int j = 0; j < 4; j++)
					P::mma(sum[i][j], f.a[i], f.b[j]);
		}
		turn = turn == stages - 1 ? 0 : turn + 1;
		ahead = ahead == stages - 1 ? 0 : ahead + 1;
	}
	wait_copies<0>();

	// By way of shared memory, so that neighbouring threads finish neighbouring columns, and that the code of finish stands here once.
	int group = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
	ROLLED for (int half = 0; half < 2; half++) {
		__syncthreads();
		if (warp_row == 64 * half)
			UNROLL for (int i = 0; i < 4; i++)
				UNROLL for (int j = 0; j < 4; j++)
					UNROLL for (int e = 0; e < 4; e++)
						tile[(16 * i + group + e / 2 * 8) * sum_pitch + warp_col + 8 * j + 2 * t + e % 2] = __float_as_uint(sum[i][j][e]);
		__syncthreads();
		finish_tile<tensor_tile>(tile, sum_pitch, 64, first_row + 64 * half, first_col, m, n, finish);
		if (packed)
			pack_sums<P>(tile, packed, 64, first_row + 64 * half, first_col, m, n);
	}
}

// linear_grad_x is given weights turned.
#define TENSOR_PRODUCTS(name, P, product)                                                                                                                \
	KERNEL(256, 2) linear_##name(float *dst, const unsigned *x, const unsigned *w, const float *bias, const float *res, Count m, int n, int tiles) {       \
		product<P>(x, w, nullptr, int(m), n, tiles, Store{dst, bias, res, n});                                                                                 \
	}                                                                                                                                                    \
	KERNEL(256, 2) linear_grad_x_##name(float *dx, const unsigned *dy, const unsigned *w, Count m, int n, int tiles) {                                     \
		product<P>(dy, w, nullptr, int(m), n, tiles, Accumulate{dx, n});                                                                                       \
	}                                                                                                                                                    \
	KERNEL(256, 2) ffn_up_##name(float *dst, float *pre, unsigned *packed, const unsigned *x, const unsigned *w, const float *bias,                      \
	                             const unsigned char *edits, int kind, const float *vector, const u64 *stream, const FusedTap *taps, int n_taps, Count m,  \
	                             int n, int tiles) {                                                                                                     \
		product<P>(x, w, packed, int(m), n, tiles, Activate<true>{dst, pre, bias, edits, kind, vector, stream, n, taps, n_taps});                                    \
	}
TENSOR_PRODUCTS(tf32, Tf32, tensor_product)
TENSOR_PRODUCTS(bf16, Bf16, tensor_product)
