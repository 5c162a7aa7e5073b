// SPDX-License-Identifier: GPL-3.0-or-later

// A warp owns a row; sums are in float64, in one order for every batch.

struct Moments {
	float mean, rstd;
};

__device__ Moments moments(const float *x, int cols, float eps) {
	int lane = threadIdx.x % 32;
	double sum = 0;
	for (int c = lane; c < cols; c += 32)
		sum += x[c];
	float mean = float(sum32(sum) / cols);
	double square = 0;
	for (int c = lane; c < cols; c += 32) {
		double d = double(x[c]) - double(mean);
		square += d * d;
	}
	return {mean, float(1 / sqrt(sum32(square) / cols + double(eps)))};
}

// packed receives the result too, where each is not 0.
KERNEL(256) layer_norm(float *dst, unsigned *packed, int each, int tiles, const float *x, const float *gamma, const float *beta, float eps, Count rows, int cols) {
	int r = blockIdx.x * 8 + threadIdx.x / 32;
	if (r >= int(rows))
		return;
	x += size_t(r) * cols;
	dst += size_t(r) * cols;
	Moments m = moments(x, cols, eps);
	Packed also = {packed, each, tiles};
	int width = each ? also.columns() : cols;
	for (int c0 = 0; c0 < width; c0 += 32) {
		int c = c0 + threadIdx.x % 32;
		float v = 0.f;
		if (c < cols)
			dst[c] = v = (x[c] - m.mean) * m.rstd * gamma[c] + beta[c];
		also.put(r, c, v, true);
	}
}

// layer_norm_grad adds rstd·(t - mean(t) - x̂·mean(t·x̂)) to dx, unless that is null, with t = dy·gamma; stats, unless null, receives mean and rstd.
KERNEL(256) layer_norm_grad(float *dx, float *stats, const float *dy, const float *x, const float *gamma, float eps, Count rows, int cols) {
	int r = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
	if (r >= int(rows))
		return;
	x += size_t(r) * cols;
	dy += size_t(r) * cols;
	Moments m = moments(x, cols, eps);
	if (stats && lane == 0) {
		stats[2 * r] = m.mean;
		stats[2 * r + 1] = m.rstd;
	}
	if (!dx)
		return;
	dx += size_t(r) * cols;
	double sum = 0, dot = 0;
	for (int c = lane; c < cols; c += 32) {
		float t = dy[c] * gamma[c];
		sum += t;
		dot += double(t) * double((x[c] - m.mean) * m.rstd);
	}
	float m1 = float(sum32(sum) / cols), m2 = float(sum32(dot) / cols);
	for (int c = lane; c < cols; c += 32) {
		float t = fmaf(-m2, (x[c] - m.mean) * m.rstd, dy[c] * gamma[c]) - m1;
		dx[c] = fmaf(m.rstd, t, dx[c]);
	}
}

// layer_norm_gamma adds Σ_r dy·x̂ in the order of rows; a thread owns a column.
KERNEL(128) layer_norm_gamma(float *dgamma, const float *dy, const float *x, const float *stats, Count count, int cols) {
	int c = blockIdx.x * blockDim.x + threadIdx.x, rows = count;
	if (c >= cols)
		return;
	float sum = dgamma[c];
	for (int r = 0; r < rows; r++) {
		size_t i = size_t(r) * cols + c;
		sum += dy[i] * ((x[i] - stats[2 * r]) * stats[2 * r + 1]);
	}
	dgamma[c] = sum;
}
