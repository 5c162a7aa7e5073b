// SPDX-License-Identifier: GPL-3.0-or-later
//
// Attention in one pass over blocks of keys (online softmax; Milakov and Gimelshein 2018, Dao et al. 2022): nothing of size length² is in memory. Blocks are
// cut at a sentence's first key and query, so that a sentence has the same bits in every batch.

const int att_q = 32, att_k = 32, att_d = 64; // queries, keys and columns of a block
const int att_pitch = att_d + 1, att_weights = att_k + 1;

// Sentence is what a block works on: queries [first, first+rows) of a sentence and head.
struct Heads {
	const float *q, *kv;
	const int *q_off, *kv_off;
	int width, d; // columns of q, of one head
	float scale;
	// dropout of weights; stream is null without, else one for each sentence
	const u64 *stream;
	i64 limit;
	float kept;

	__device__ const float *queries(int s, int head) const { return q + size_t(q_off[s]) * width + head * d; }
	__device__ const float *keys(int s, int head) const { return kv + size_t(kv_off[s]) * 2 * width + head * d; }
	__device__ const float *values(int s, int head) const { return keys(s, head) + width; }
	// drop is weight (i, j) of a sentence and head after dropout.
	__device__ float drop(float p, int s, int head, int i, int j) const {
		if (!stream)
			return p;
		int nq = q_off[s + 1] - q_off[s], nk = kv_off[s + 1] - kv_off[s];
		return keeps(stream[s], (u64(head) * nq + i) * nk + j, limit) ? p * kept : 0.f;
	}
};

// fetch_rows brings columns [c0, c0+att_d) of rows [first, first+32) of x into tile; zeros beyond rows and cols.
template <class Tile> __device__ void fetch_rows(Tile &tile, const float *x, size_t pitch, int first, int rows, int c0, int cols) {
	for (int i = threadIdx.x; i < 32 * att_d; i += 256) {
		int r = i / att_d, c = i % att_d;
		tile[r * att_pitch + c] = first + r < rows && c0 + c < cols ? x[(first + r) * pitch + c0 + c] : 0.f;
	}
}

// dot_rows is the 32 by 32 products of rows of x and of y, four a thread: rows ty, ty+16 with columns tx, tx+16. It ends with a barrier behind its last
// read of the tiles.
template <class Tile>
__device__ void dot_rows(float sum[2][2], Tile &xs, Tile &ys, const float *x, size_t x_pitch, int x_first, int x_rows, const float *y, size_t y_pitch,
                         int y_first, int y_rows, int cols) {
	int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
	sum[0][0] = sum[0][1] = sum[1][0] = sum[1][1] = 0.f;
	for (int c0 = 0; c0 < cols; c0 += att_d) {
		fetch_rows(xs, x, x_pitch, x_first, x_rows, c0, cols);
		fetch_rows(ys, y, y_pitch, y_first, y_rows, c0, cols);
		__syncthreads();
		int n = cols - c0 < att_d ? cols - c0 : att_d;
		if (x_first + ty < x_rows && y_first + tx < y_rows)
			for (int c = 0; c < n; c++) {
				float x0 = xs[ty * att_pitch + c], x1 = xs[(ty + 16) * att_pitch + c];
				float y0 = ys[tx * att_pitch + c], y1 = ys[(tx + 16) * att_pitch + c];
				sum[0][0] = fmaf(x0, y0, sum[0][0]);
				sum[0][1] = fmaf(x0, y1, sum[0][1]);
				sum[1][0] = fmaf(x1, y0, sum[1][0]);
				sum[1][1] = fmaf(x1, y1, sum[1][1]);
			}
		__syncthreads();
	}
}

// A block is 32 queries of one sentence (tile_sentence, tile_first; none where that is negative) by head (y) by 64 of the head's columns (z).
// packed receives the result too, where each is not 0.
KERNEL(256) attention(float *dst, unsigned *packed, int each, int tiles, const float *q, const float *kv, const int *tile_sentence, const int *tile_first, const int *q_off, const int *kv_off,
                      int width, int d, float scale, const u64 *stream, i64 limit, float kept) {
	SHARED(float, xs, 32 * att_pitch);
	SHARED(float, ys, 32 * att_pitch);
	SHARED(float, weights, att_q * att_weights);
	SHARED(float, top, att_q);
	SHARED(float, total, att_q);
	SHARED(float, correction, att_q);
	Heads h = {q, kv, q_off, kv_off, width, d, scale, stream, limit, kept};
	int s = tile_sentence[blockIdx.x], first = tile_first[blockIdx.x], head = blockIdx.y, c0 = blockIdx.z * att_d;
	if (s < 0)
		return;
	int nq = q_off[s + 1] - q_off[s], nk = kv_off[s + 1] - kv_off[s];
	int ty = threadIdx.x / 16, tx = threadIdx.x % 16, lane = threadIdx.x % 32;
	float sum[2][4] = {};

	if (threadIdx.x < att_q) {
		top[threadIdx.x] = -INFINITY;
		total[threadIdx.x] = 0.f;
	}
	for (int k0 = 0; k0 < nk; k0 += att_k) {
		float score[2][2];
		dot_rows(score, xs, ys, h.queries(s, head), width, first, nq, h.keys(s, head), 2 * width, k0, nk, d);
		UNROLL for (int i = 0; i < 2; i++)
			UNROLL for (int j = 0; j < 2; j++)
				weights[(ty + 16 * i) * att_weights + tx + 16 * j] = k0 + tx + 16 * j < nk ? score[i][j] * scale : -INFINITY;
		fetch_rows(ys, h.values(s, head), 2 * width, k0, nk, c0, d);
		__syncthreads();

		// a warp owns four queries, a lane a key
		for (int r = threadIdx.x / 32 * 4, end = r + 4; r < end && first + r < nq; r++) {
			float x = weights[r * att_weights + lane], was = top[r], now = fmaxf(was, max32(x));
			float shift = now == -INFINITY ? 0.f : now; // where all are -Inf so far, later keys may not be
			float p = exp32(x - shift), sum = sum32(p);
			weights[r * att_weights + lane] = k0 + lane < nk ? h.drop(p, s, head, first + r, k0 + lane) : 0.f;
			if (lane == 0) {
				correction[r] = exp32(was - shift);
				total[r] = fmaf(total[r], exp32(was - shift), sum);
				top[r] = now;
			}
		}
		__syncthreads();

		int keys = nk - k0 < att_k ? nk - k0 : att_k;
		UNROLL for (int i = 0; i < 2; i++) {
			int r = ty + 16 * i;
			if (first + r >= nq)
				continue;
			UNROLL for (int j = 0; j < 4; j++) {
				float v = sum[i][j] * correction[r];
				for (int k = 0; k < keys; k++)
					v = fmaf(weights[r * att_weights + k], ys[k * att_pitch + tx + 16 * j], v);
				sum[i][j] = v;
			}
		}
		__syncthreads();
	}
	Packed also = {packed, each, tiles};
	dst += size_t(q_off[s]) * width + head * d;
	UNROLL for (int i = 0; i < 2; i++)
		UNROLL for (int j = 0; j < 4; j++) {
			int r = ty + 16 * i, c = c0 + tx + 16 * j;
			bool inside = first + r < nq && c < d;
			float v = sum[i][j] / total[r];
			if (inside)
				dst[size_t(first + r) * width + c] = v;
			also.put(q_off[s] + first + r, head * d + c, v, inside);
		}
}
