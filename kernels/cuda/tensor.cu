// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix products on tensor cores (mma.sync), with sums in float32. Operands are float32 in memory and rounded on their way into shared memory: to TF32, or to
// bfloat16, two in a word. An element is summed by one thread's accumulator in the order of the inner index, whatever else is in the batch.

struct Tf32 {
	static const int each = 1; // numbers in a word
	__device__ static unsigned pack(const float *x) {
#ifdef __CUDACC__
		unsigned u;
		asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(u) : "f"(x[0]));
		return u;
#else
		unsigned u = __float_as_uint(x[0]);
		return (u & 0x7f800000) == 0x7f800000 ? u : (u + 0x1000) & ~0x1fffu;
#endif
	}
	__device__ static void mma(float *d, const unsigned *a, const unsigned *b) {
#ifdef __CUDACC__
		asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
		             : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
		             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
		emu::mma(d, a, b, __LINE__, [](float sum, unsigned x, unsigned y) { return fmaf(__uint_as_float(x), __uint_as_float(y), sum); });
#endif
	}
};

struct Bf16 {
	static const int each = 2;
	__device__ static unsigned pack(const float *x) {
#ifdef __CUDACC__
		unsigned u;
		asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(u) : "f"(x[1]), "f"(x[0]));
		return u;
#else
		return narrow_bf16(x[0]) | narrow_bf16(x[1]) << 16;
#endif
	}
	__device__ static void mma(float *d, const unsigned *a, const unsigned *b) {
#ifdef __CUDACC__
		asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
		             : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
		             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
		emu::mma(d, a, b, __LINE__, [](float sum, unsigned x, unsigned y) {
			sum = fmaf(__uint_as_float(x << 16), __uint_as_float(y << 16), sum);
			return fmaf(__uint_as_float(x & 0xffff0000), __uint_as_float(y & 0xffff0000), sum);
		});
#endif
	}
};

// A block computes 128 × 128 elements, 16 words of the inner index at a time; its eight warps 64 × 32 each. Rows in shared memory are 20 words apart, which
// spreads a fragment's 32 words over all banks.
const int tensor_tile = 128, tensor_words = 16, tensor_pitch = 20, tensor_half = tensor_tile * tensor_pitch, sum_pitch = tensor_tile + 4;

// Words is a thread's part of a tile on its way into shared memory.
template <class P> struct Words {
	unsigned held[tensor_tile * tensor_words / 256];

	__device__ void fetch(const float *x, int pitch, int first, int rows, int k0, int inner) {
		UNROLL for (int i = 0; i < 8; i++) {
			int r = first + threadIdx.x / tensor_words + 16 * i, k = k0 + threadIdx.x % tensor_words * P::each;
			float v[2] = {0.f, 0.f};
			UNROLL for (int j = 0; j < P::each; j++) if (r < rows && k + j < inner)
				v[j] = x[size_t(r) * pitch + k + j];
			held[i] = P::pack(v);
		}
	}
	template <class Tile> __device__ void put(Tile &tile, int at) {
		UNROLL for (int i = 0; i < 8; i++)
			tile[at + (threadIdx.x / tensor_words + 16 * i) * tensor_pitch + threadIdx.x % tensor_words] = held[i];
	}
};

// tensor_product is x [m, k]·wᵀ for w [n, k]; see product.
template <class P, class Finish> __device__ void tensor_product(const float *x, const float *w, int m, int n, int k, Finish finish) {
	SHARED(unsigned, tiles, 4 * tensor_half); // two of x, two of w; at last half of the sums
	const int ws = 2 * tensor_half;
	Words<P> next_x, next_w;
	int first_row = blockIdx.x * tensor_tile, first_col = blockIdx.y * tensor_tile;
	int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
	int warp_row = warp / 4 * 64, warp_col = warp % 4 * 32;
	const int step = tensor_words * P::each;
	float sum[4][4][4] = {};

	next_x.fetch(x, k, first_row, m, 0, k);
	next_w.fetch(w, k, first_col, n, 0, k);
	for (int k0 = 0, turn = 0; k0 < k; k0 += step, turn ^= 1) {
		next_x.put(tiles, turn * tensor_half);
		next_w.put(tiles, ws + turn * tensor_half);
		__syncthreads(); // as in product
		if (k0 + step < k) {
			next_x.fetch(x, k, first_row, m, k0 + step, k);
			next_w.fetch(w, k, first_col, n, k0 + step, k);
		}
		UNROLL for (int s = 0; s < tensor_words; s += 8) {
			unsigned a[4][4], b[4][2];
			UNROLL for (int i = 0; i < 4; i++) {
				int at = turn * tensor_half + (warp_row + 16 * i + group) * tensor_pitch + s + t;
				a[i][0] = tiles[at];
				a[i][1] = tiles[at + 8 * tensor_pitch];
				a[i][2] = tiles[at + 4];
				a[i][3] = tiles[at + 8 * tensor_pitch + 4];
			}
			UNROLL for (int j = 0; j < 4; j++) {
				int at = ws + turn * tensor_half + (warp_col + 8 * j + group) * tensor_pitch + s + t;
				b[j][0] = tiles[at];
				b[j][1] = tiles[at + 4];
			}
			UNROLL for (int i = 0; i < 4; i++)
				UNROLL for (int j = 0; j < 4; j++)
					P::mma(sum[i][j], a[i], b[j]);
		}
	}
	// By way of shared memory, so that neighbouring threads finish neighbouring columns, and that the code of finish stands here once.
	for (int half = 0; half < 2; half++) {
		__syncthreads();
		if (warp_row == 64 * half)
			UNROLL for (int i = 0; i < 4; i++)
				UNROLL for (int j = 0; j < 4; j++)
					UNROLL for (int e = 0; e < 4; e++)
						tiles[(16 * i + group + e / 2 * 8) * sum_pitch + warp_col + 8 * j + 2 * t + e % 2] = __float_as_uint(sum[i][j][e]);
		__syncthreads();
		for (int i = threadIdx.x; i < 64 * tensor_tile; i += 256) {
			int r = first_row + 64 * half + i / tensor_tile, c = first_col + i % tensor_tile;
			if (r < m && c < n)
				finish(r, c, __uint_as_float(tiles[i / tensor_tile * sum_pitch + i % tensor_tile]));
		}
	}
}

KERNEL(256) linear_tf32(float *dst, const float *x, const float *w, const float *bias, const float *res, int m, int n, int k) {
	tensor_product<Tf32>(x, w, m, n, k, Store{dst, bias, res, n});
}

KERNEL(256) linear_bf16(float *dst, const float *x, const float *w, const float *bias, const float *res, int m, int n, int k) {
	tensor_product<Bf16>(x, w, m, n, k, Store{dst, bias, res, n});
}

KERNEL(256) ffn_up_tf32(float *dst, float *pre, const float *x, const float *w, const float *bias, const unsigned char *edits, int kind,
                        const float *vector, const u64 *stream, int m, int n, int k) {
	tensor_product<Tf32>(x, w, m, n, k, Activate{dst, pre, bias, edits, kind, vector, stream, n});
}

KERNEL(256) ffn_up_bf16(float *dst, float *pre, const float *x, const float *w, const float *bias, const unsigned char *edits, int kind,
                        const float *vector, const u64 *stream, int m, int n, int k) {
	tensor_product<Bf16>(x, w, m, n, k, Activate{dst, pre, bias, edits, kind, vector, stream, n});
}
