// SPDX-License-Identifier: GPL-3.0-or-later
//
// The gradient of attention, from weights that are computed again. With P the weights, D their dropout factors, P' = P·D and dP = (dy·vᵀ)·D:
//
//	dS = P·(dP - Σ_key P·dP)/√d, dq += dS·k, dk += dSᵀ·q, dv += P'ᵀ·dy
//
// attention_stats leaves, for each query and head, the largest score, Σ exp and Σ P·dP. dq is then summed over keys by blocks of queries, dk and dv over
// queries by blocks of keys: every element by one thread in one order, without atomics.

struct Stats {
	float top, total, dot;
};

// Scores holds a thread's share of a block's scores and of dP before dropout, 2 by 2.
struct Scores {
	float s[2][2], dp[2][2];
};

template <class Tile>
__device__ void scores(Scores &x, Tile &xs, Tile &ys, const Heads &h, const float *dy, int s, int head, int q0, int nq, int k0, int nk) {
	dot_rows(x.s, xs, ys, h.queries(s, head), h.width, q0, nq, h.keys(s, head), 2 * h.width, k0, nk, h.d);
	dot_rows(x.dp, xs, ys, dy + size_t(h.q_off[s]) * h.width + head * h.d, h.width, q0, nq, h.values(s, head), 2 * h.width, k0, nk, h.d);
}

KERNEL(256) attention_stats(float *stats, const float *dy, const float *q, const float *kv, const int *tile_sentence, const int *tile_first,
                            const int *q_off, const int *kv_off, int width, int d, float scale, const u64 *stream, i64 limit, float kept) {
	SHARED(float, xs, 32 * att_pitch);
	SHARED(float, ys, 32 * att_pitch);
	SHARED(float, weights, att_q * att_weights);
	SHARED(float, slopes, att_q * att_weights);
	Heads h = {q, kv, q_off, kv_off, width, d, scale, stream, limit, kept};
	int s = tile_sentence[blockIdx.x], first = tile_first[blockIdx.x], head = blockIdx.y, heads = gridDim.y;
	if (s < 0)
		return;
	int nq = q_off[s + 1] - q_off[s], nk = kv_off[s + 1] - kv_off[s];
	int ty = threadIdx.x / 16, tx = threadIdx.x % 16, lane = threadIdx.x % 32;
	Stats own[4] = {{-INFINITY, 0, 0}, {-INFINITY, 0, 0}, {-INFINITY, 0, 0}, {-INFINITY, 0, 0}}; // of the warp's queries, the same in each lane

	for (int k0 = 0; k0 < nk; k0 += att_k) {
		Scores x;
		scores(x, xs, ys, h, dy, s, head, first, nq, k0, nk);
		UNROLL for (int i = 0; i < 2; i++)
			UNROLL for (int j = 0; j < 2; j++) {
				int at = (ty + 16 * i) * att_weights + tx + 16 * j, k = k0 + tx + 16 * j;
				weights[at] = k < nk ? x.s[i][j] * scale : -INFINITY;
				slopes[at] = k < nk ? h.drop(x.dp[i][j], s, head, first + ty + 16 * i, k) : 0.f;
			}
		__syncthreads();
		UNROLL for (int i = 0; i < 4; i++) {
			int at = (threadIdx.x / 32 * 4 + i) * att_weights + lane;
			float x = weights[at], now = fmaxf(own[i].top, max32(x)), shift = now == -INFINITY ? 0.f : now;
			float p = exp32(x - shift), correction = exp32(own[i].top - shift);
			own[i].total = fmaf(own[i].total, correction, sum32(p));
			own[i].dot = fmaf(own[i].dot, correction, sum32(p * slopes[at]));
			own[i].top = now;
		}
		__syncthreads();
	}
	UNROLL for (int i = 0; i < 4; i++) {
		int r = first + threadIdx.x / 32 * 4 + i;
		if (lane == 0 && r < nq) {
			float *to = stats + (size_t(q_off[s] + r) * heads + head) * 3;
			to[0] = own[i].top;
			to[1] = own[i].total;
			to[2] = own[i].dot / own[i].total;
		}
	}
}

// weigh turns scores into P' and dS at the thread's places of the tiles; zeros beyond the sentence.
template <class Tile>
__device__ void weigh(Tile &dropped, Tile &slopes, const Scores &x, const Heads &h, const float *stats, int heads, int s, int head, int q0, int nq, int k0,
                      int nk) {
	int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
	UNROLL for (int i = 0; i < 2; i++)
		UNROLL for (int j = 0; j < 2; j++) {
			int r = q0 + ty + 16 * i, k = k0 + tx + 16 * j, at = (ty + 16 * i) * att_weights + tx + 16 * j;
			float p_kept = 0.f, slope = 0.f;
			if (r < nq && k < nk) {
				const float *st = stats + (size_t(h.q_off[s] + r) * heads + head) * 3;
				float p = exp32(x.s[i][j] * h.scale - st[0]) / st[1];
				p_kept = h.drop(p, s, head, r, k);
				slope = p * (h.drop(x.dp[i][j], s, head, r, k) - st[2]) * h.scale;
			}
			dropped[at] = p_kept;
			slopes[at] = slope;
		}
}

KERNEL(256, 4) attention_grad_q(float *dq, const float *stats, const float *dy, const float *q, const float *kv, const int *tile_sentence,
                             const int *tile_first, const int *q_off, const int *kv_off, int width, int d, float scale, const u64 *stream, i64 limit,
                             float kept) {
	SHARED(float, xs, 32 * att_pitch);
	SHARED(float, ys, 32 * att_pitch);
	SHARED(float, dropped, att_q * att_weights);
	SHARED(float, slopes, att_q * att_weights);
	Heads h = {q, kv, q_off, kv_off, width, d, scale, stream, limit, kept};
	int s = tile_sentence[blockIdx.x], first = tile_first[blockIdx.x], head = blockIdx.y, c0 = blockIdx.z * att_d;
	if (s < 0)
		return;
	int nq = q_off[s + 1] - q_off[s], nk = kv_off[s + 1] - kv_off[s];
	int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
	float sum[2][4] = {};
	for (int k0 = 0; k0 < nk; k0 += att_k) {
		Scores x;
		scores(x, xs, ys, h, dy, s, head, first, nq, k0, nk);
		weigh(dropped, slopes, x, h, stats, gridDim.y, s, head, first, nq, k0, nk);
		fetch_rows(ys, h.keys(s, head), 2 * width, k0, nk, c0, d);
		__syncthreads();
		int keys = nk - k0 < att_k ? nk - k0 : att_k;
		UNROLL for (int i = 0; i < 2; i++)
			UNROLL for (int j = 0; j < 4; j++)
				if (first + ty + 16 * i < nq)
					for (int k = 0; k < keys; k++)
						sum[i][j] = fmaf(slopes[(ty + 16 * i) * att_weights + k], ys[k * att_pitch + tx + 16 * j], sum[i][j]);
		__syncthreads();
	}
	dq += size_t(q_off[s]) * width + head * d;
	UNROLL for (int i = 0; i < 2; i++)
		UNROLL for (int j = 0; j < 4; j++) {
			int r = first + ty + 16 * i, c = c0 + tx + 16 * j;
			if (r < nq && c < d)
				dq[size_t(r) * width + c] += sum[i][j];
		}
}

// A block is 32 keys of one sentence by head by 64 of the head's columns.
KERNEL(256) attention_grad_kv(float *dkv, const float *stats, const float *dy, const float *q, const float *kv, const int *tile_sentence,
                              const int *tile_first, const int *q_off, const int *kv_off, int width, int d, float scale, const u64 *stream, i64 limit,
                              float kept) {
	SHARED(float, xs, 32 * att_pitch);
	SHARED(float, ys, 32 * att_pitch);
	SHARED(float, dropped, att_q * att_weights);
	SHARED(float, slopes, att_q * att_weights);
	Heads h = {q, kv, q_off, kv_off, width, d, scale, stream, limit, kept};
	int s = tile_sentence[blockIdx.x], first = tile_first[blockIdx.x], head = blockIdx.y, c0 = blockIdx.z * att_d;
	if (s < 0)
		return;
	int nq = q_off[s + 1] - q_off[s], nk = kv_off[s + 1] - kv_off[s];
	int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
	float dk[2][4] = {}, dv[2][4] = {};
	for (int q0 = 0; q0 < nq; q0 += att_q) {
		Scores x;
		scores(x, xs, ys, h, dy, s, head, q0, nq, first, nk);
		weigh(dropped, slopes, x, h, stats, gridDim.y, s, head, q0, nq, first, nk);
		fetch_rows(xs, h.queries(s, head), width, q0, nq, c0, d);
		fetch_rows(ys, dy + size_t(q_off[s]) * width + head * d, width, q0, nq, c0, d);
		__syncthreads();
		int queries = nq - q0 < att_q ? nq - q0 : att_q;
		UNROLL for (int i = 0; i < 2; i++)
			UNROLL for (int j = 0; j < 4; j++)
				if (first + ty + 16 * i < nk)
					for (int r = 0; r < queries; r++) {
						int at = r * att_weights + ty + 16 * i, from = r * att_pitch + tx + 16 * j;
						dk[i][j] = fmaf(slopes[at], xs[from], dk[i][j]);
						dv[i][j] = fmaf(dropped[at], ys[from], dv[i][j]);
					}
		__syncthreads();
	}
	dkv += size_t(kv_off[s]) * 2 * width + head * d;
	UNROLL for (int i = 0; i < 2; i++)
		UNROLL for (int j = 0; j < 4; j++) {
			int r = first + ty + 16 * i, c = c0 + tx + 16 * j;
			if (r < nk && c < d) {
				dkv[size_t(r) * 2 * width + c] += dk[i][j];
				dkv[size_t(r) * 2 * width + width + c] += dv[i][j];
			}
		}
}
