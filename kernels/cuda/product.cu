// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix products in float32. Every element of the destination is summed by one thread, in the order of the inner index, whatever the tile: so a row has
// the same bits in every batch.

// Strided is a matrix element (i, k) of which is x[i*row + k*inner]; one of the strides is 1.
struct Strided {
	const float *x;
	size_t row, inner;
	int rows; // i is below
};

const int tile_k = 16, product_threads = 256;

// Side is one operand's part of a block's work: SIZE rows of it, tile_k inner indices at a time. INNER: the inner index is the one with stride 1, and
// neighbouring threads read along it.
template <int SIZE, bool INNER> struct Side {
	static const int pitch = SIZE + 4, each = SIZE * tile_k / product_threads;
	float held[each];

	__device__ static int row(int i) { return INNER ? threadIdx.x / tile_k + i * (product_threads / tile_k) : (threadIdx.x + i * product_threads) % SIZE; }
	__device__ static int inner(int i) { return INNER ? threadIdx.x % tile_k : (threadIdx.x + i * product_threads) / SIZE; }

	// fetch reads a tile into registers; beyond the matrix are zeros.
	__device__ void fetch(const Strided &m, int first, int k0, int k1) {
		UNROLL for (int i = 0; i < each; i++) {
			int r = first + row(i), k = k0 + inner(i);
			held[i] = r < m.rows && k < k1 ? m.x[r * m.row + k * m.inner] : 0.f;
		}
	}
	template <class Tile> __device__ void put(Tile &tile, int at) {
		UNROLL for (int i = 0; i < each; i++)
			tile[at + inner(i) * pitch + row(i)] = held[i];
	}
};

// product computes a tile [SIZE, SIZE] of a·bᵀ with T×T elements a thread, and calls finish(row, column, sum) for those of the destination.
template <int SIZE, int T, bool A_INNER, bool B_INNER, class Finish> __device__ void product(Strided a, Strided b, int inner, Finish finish) {
	typedef Side<SIZE, A_INNER> A;
	typedef Side<SIZE, B_INNER> B;
	const int a_tile = A::pitch * tile_k, b_tile = B::pitch * tile_k, across = SIZE / T, step = 4 * across;
	SHARED(float, tiles, 2 * (a_tile + b_tile)); // two of a, two of b; at last 64 rows of the sums
	const int bs = 2 * a_tile;
	A next_a;
	B next_b;
	int first_row = blockIdx.x * SIZE, first_col = blockIdx.y * SIZE;
	int ty = threadIdx.x / across, tx = threadIdx.x % across;
	if (first_row >= a.rows)
		return;
	float sum[T][T] = {};

	next_a.fetch(a, first_row, 0, inner);
	next_b.fetch(b, first_col, 0, inner);
	for (int k0 = 0, turn = 0; k0 < inner; k0 += tile_k, turn ^= 1) {
		next_a.put(tiles, turn * a_tile);
		next_b.put(tiles, bs + turn * b_tile);
		__syncthreads(); // whoever is still at the other half's tile will meet this barrier before it is overwritten
		if (k0 + tile_k < inner) {
			next_a.fetch(a, first_row, k0 + tile_k, inner);
			next_b.fetch(b, first_col, k0 + tile_k, inner);
		}
		UNROLL for (int k = 0; k < tile_k; k++) {
			float x[T], y[T];
			UNROLL for (int i = 0; i < T; i += 4) {
				load4(x + i, &tiles[turn * a_tile + k * A::pitch + i / 4 * step + ty * 4]);
				load4(y + i, &tiles[bs + turn * b_tile + k * B::pitch + i / 4 * step + tx * 4]);
			}
			UNROLL for (int i = 0; i < T; i++)
				UNROLL for (int j = 0; j < T; j++)
					sum[i][j] = fmaf(x[i], y[j], sum[i][j]);
		}
	}
	// By way of shared memory, so that neighbouring threads finish neighbouring columns, and that the code of finish, which may be long, stands here once.
	ROLLED for (int part = 0; part < SIZE / step; part++) {
		__syncthreads();
		UNROLL for (int i = 0; i < T; i++)
			UNROLL for (int j = 0; j < T; j++)
				if (i / 4 == part)
					tiles[(ty * 4 + i % 4) * A::pitch + j / 4 * step + tx * 4 + j % 4] = sum[i][j];
		__syncthreads();
		finish_tile<SIZE>(tiles, A::pitch, step, first_row + part * step, first_col, a.rows, b.rows, finish);
	}
}

// The kernels, each with tiles of 64 and of 128.
#define PRODUCTS(size, t, fit)                                                                                                                           \
	KERNEL(256) linear_##size(float *dst, const float *x, const float *w, const float *bias, const float *res, Count m, int n, int k) {                    \
		product<size, t, true, true>({x, size_t(k), 1, int(m)}, {w, size_t(k), 1, n}, k, Store{dst, bias, res, n});                                            \
	}                                                                                                                                                    \
	KERNEL(256) linear_grad_x_##size(float *dx, const float *dy, const float *w, Count m, int n, int k) {                                                  \
		product<size, t, true, false>({dy, size_t(n), 1, int(m)}, {w, 1, size_t(k), k}, n, Accumulate{dx, k});                                                 \
	}                                                                                                                                                    \
	KERNEL(256) linear_grad_w_##size(float *dw, const float *dy, const float *x, Count m, int n, int k) {                                                  \
		product<size, t, false, false>({dy, 1, size_t(n), n}, {x, 1, size_t(k), k}, int(m), Accumulate{dw, k});                                                \
	}                                                                                                                                                    \
	KERNEL(256, fit) ffn_up_##size(float *dst, float *pre, const float *x, const float *w, const float *bias, const unsigned char *edits, int kind,      \
	                               const float *vector, const u64 *stream, const FusedTap *taps, int n_taps, Count m, int n, int k) {                      \
		product<size, t, true, true>({x, size_t(k), 1, int(m)}, {w, size_t(k), 1, n}, k,                                                                       \
		                             Activate<false>{dst, pre, bias, edits, kind, vector, stream, n, taps, n_taps});                                             \
	}
PRODUCTS(64, 4, 3)
PRODUCTS(128, 8, 1)
#undef PRODUCTS
