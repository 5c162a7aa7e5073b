// SPDX-License-Identifier: GPL-3.0-or-later

// A warp owns a row of logits; arithmetic is float64.

__device__ double log_sum_exp(const float *x, int cols) {
	int lane = threadIdx.x % 32;
	float top = -INFINITY;
	for (int c = lane; c < cols; c += 32)
		top = fmaxf(top, x[c]);
	top = max32(top);
	double sum = 0;
	for (int c = lane; c < cols; c += 32)
		sum += exp(double(x[c]) - double(top));
	return double(top) + log(sum32(sum));
}

KERNEL(256) loss_rows(double *loss, const float *x, const int *labels, int rows, int cols) {
	int r = blockIdx.x * 8 + threadIdx.x / 32;
	if (r >= rows)
		return;
	x += size_t(r) * cols;
	double norm = log_sum_exp(x, cols);
	if (threadIdx.x % 32 == 0)
		loss[r] = norm - double(x[labels[r]]);
}

// loss_mean is one thread's work: rows in their order.
KERNEL(32) loss_mean(float *mean, const double *loss, int rows) {
	if (threadIdx.x > 0)
		return;
	double sum = 0;
	for (int r = 0; r < rows; r++)
		sum += loss[r];
	*mean = float(sum / rows);
}

// loss_grad is dx += dloss·(softmax(x) - onehot)/rows.
KERNEL(256) loss_grad(float *dx, const float *x, const float *dloss, const int *labels, int rows, int cols) {
	int r = blockIdx.x * 8 + threadIdx.x / 32;
	if (r >= rows)
		return;
	x += size_t(r) * cols;
	dx += size_t(r) * cols;
	double norm = log_sum_exp(x, cols), scale = double(*dloss) / rows;
	for (int c = threadIdx.x % 32; c < cols; c += 32) {
		double p = exp(double(x[c]) - norm) - (c == labels[r] ? 1 : 0);
		dx[c] += float(scale * p);
	}
}
