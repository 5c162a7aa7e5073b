// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix products of packed matrices as in tensor.cu, by Hopper's instructions. Tiles stand in memory as wgmma reads them, so that one copy brings a whole one,
// without a tensor map. The order in which an element's products are added depends on the inner index alone.
//
// A block computes 128 × 128 elements, its two warpgroups 64 × 128 each. Three stages of one tile of each operand are in shared memory; two blocks share a
// multiprocessor, so that one multiplies while the other finishes. A thread of every block begins the copies: it needs no warp of its own, since nobody
// waits for it but at the barrier that every stage has anyhow.

const int ring_stages = 3, ring_stage = 2 * pack_tile, tile_bytes = pack_tile * 4;

// Bring brings stages to their places in the ring.
struct Bring {
	const unsigned *x, *w; // the operands' rows of tiles

	template <class Tile, class Barriers> __device__ void operator()(Tile &ring, Barriers &arrived, int stage, int turn) const {
		announce(arrived, turn, 2 * tile_bytes);
		copy_bulk(ring, turn * ring_stage, x + size_t(stage) * pack_tile, tile_bytes, arrived, turn);
		copy_bulk(ring, turn * ring_stage + pack_tile, w + size_t(stage) * pack_tile, tile_bytes, arrived, turn);
	}
};

// lay puts a thread's sums into rows of sum_pitch words. Of two neighbours, lanes of odd rows write the second one first: no two lanes meet in a bank.
template <class Tile> __device__ void lay(Tile &tile, const Sums &sums) {
	int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
	bool odd = group % 2;
	UNROLL for (int j = 0; j < sums_cols / 8; j++)
		UNROLL for (int half = 0; half < 2; half++) {
			int at = (16 * warp + 8 * half + group) * sum_pitch + 8 * j + 2 * t;
			float first = sums.of[4 * j + 2 * half], second = sums.of[4 * j + 2 * half + 1];
			tile[at + odd] = __float_as_uint(odd ? second : first);
			tile[at + !odd] = __float_as_uint(odd ? first : second);
		}
}

template <class P, class Finish>
__device__ void wgmma_product(const unsigned *x, const unsigned *w, unsigned *packed, int m, int n, int tiles, Finish finish) {
	RING(ring, ring_stages * ring_stage); // at last the sums
	SHARED(u64, arrived, ring_stages);
	if (int(blockIdx.x) * pack_rows >= m)
		return;
	Bring bring = {x + size_t(blockIdx.x) * tiles * pack_tile, w + size_t(blockIdx.y) * tiles * pack_tile};
	if (threadIdx.x == 0) {
		make_arrivals(arrived, ring_stages);
		for (int i = 0; i < ring_stages && i < tiles; i++)
			bring(ring, arrived, i, i);
	}
	__syncthreads();

	unsigned base = ring_base(ring), own = threadIdx.x / 128 * sums_rows * pack_words;
	Sums sums = {};
	for (int i = 0, turn = 0, parity = 0; i < tiles; i++) {
		wait_arrival(arrived, turn, parity);
		u64 a = descriptor(base + 4 * (turn * ring_stage + own)), b = descriptor(base + 4 * (turn * ring_stage + pack_tile));
		open_products(sums);
		UNROLL for (int step = 0; step < 4; step++)
			multiply<P>(sums, ring, a + 2 * step, b + 2 * step); // 32 bytes further on
		close_products();
		wait_products<1>(sums);
		__syncthreads(); // nobody is at stage i-1 any more, whose place is taken next
		if (threadIdx.x == 0 && i > 0 && i - 1 + ring_stages < tiles)
			bring(ring, arrived, i - 1 + ring_stages, turn == 0 ? ring_stages - 1 : turn - 1);
		turn = turn == ring_stages - 1 ? 0 : turn + 1;
		parity ^= turn == 0;
	}
	wait_products<0>(sums);
	__syncthreads();

	lay(ring, sums);
	__syncthreads();
	int first_row = blockIdx.x * pack_rows, first_col = blockIdx.y * pack_rows;
	finish_tile<pack_rows>(ring, sum_pitch, pack_rows, first_row, first_col, m, n, finish);
	if (packed)
		pack_sums<P>(ring, packed, pack_rows, first_row, first_col, m, n);
}

TENSOR_PRODUCTS(wgmma_tf32, Tf32, wgmma_product)
TENSOR_PRODUCTS(wgmma_bf16, Bf16, wgmma_product)
#undef TENSOR_PRODUCTS
