// SPDX-License-Identifier: GPL-3.0-or-later

// adam_step is a step as torch.optim.Adam takes it, in float64 from the float32 state. numbers are the step's size, √(1-β₂ᵗ), β₁, β₂, ε.
__device__ void adam_step(float *p, const float *g, float *m, float *v, const double *numbers, double scale, u64 n) {
	double size = numbers[0], root = numbers[1], beta1 = numbers[2], beta2 = numbers[3], eps = numbers[4];
	EACH(i, n) {
		double d = double(g[i]) * scale;
		double first = double(m[i]) + (d - double(m[i])) * (1 - beta1);
		double second = double(v[i]) * beta2 + (1 - beta2) * d * d;
		m[i] = float(first);
		v[i] = float(second);
		p[i] = float(double(p[i]) - size * first / (sqrt(second) / root + eps));
	}
}

// adam's last number is the gradient's factor.
KERNEL(256) adam(float *p, const float *g, float *m, float *v, const double *numbers, Count n) {
	adam_step(p, g, m, v, numbers, numbers[5], n);
}

// adam_clipped has the largest norm there, or 0, and the gradients' sums of squares, by parameter.
KERNEL(256) adam_clipped(float *p, const float *g, float *m, float *v, const double *numbers, const double *sums, int n_sums, Count n) {
	double sum = 0;
	for (int i = 0; i < n_sums; i++)
		sum += sums[i];
	double norm = sqrt(sum), scale = numbers[5] / (norm + 1e-6);
	if (norm - norm == 0) // it is finite
		adam_step(p, g, m, v, numbers, numbers[5] > 0 && scale < 1 ? scale : 1., n);
}

// sum_squares_partial leaves one sum a block, of a fixed share of the elements; sum_squares_total adds 256 of them.
__device__ double sum_block(double v) {
	SHARED(double, sums, 8);
	v = sum32(v);
	if (threadIdx.x % 32 == 0)
		sums[threadIdx.x / 32] = v;
	__syncthreads();
	double total = 0;
	for (int i = 0; i < 8; i++)
		total += sums[i];
	return total;
}

KERNEL(256) sum_squares_partial(double *partial, const float *x, u64 n) {
	double sum = 0;
	EACH(i, n) sum += double(x[i]) * double(x[i]);
	sum = sum_block(sum);
	if (threadIdx.x == 0)
		partial[blockIdx.x] = sum;
}

KERNEL(256) sum_squares_total(double *total, const double *partial) {
	double sum = sum_block(partial[threadIdx.x]);
	if (threadIdx.x == 0)
		*total = sum;
}
