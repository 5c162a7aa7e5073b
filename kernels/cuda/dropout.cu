// SPDX-License-Identifier: GPL-3.0-or-later

// stream[r] is the counter's state at the first element of row r.

KERNEL(256) dropout(float *dst, const float *x, const u64 *stream, i64 limit, float scale, int cols, Count n) {
	EACH(i, n) dst[i] = keeps(stream[i / cols], i % cols, limit) ? x[i] * scale : 0.f;
}

KERNEL(256) dropout_grad(float *dx, const float *dy, const u64 *stream, i64 limit, float scale, int cols, Count n) {
	EACH(i, n) if (keeps(stream[i / cols], i % cols, limit))
		dx[i] += dy[i] * scale;
}
