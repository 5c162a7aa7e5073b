// SPDX-License-Identifier: GPL-3.0-or-later

// joined is logsumexp in float64, where an infinity stays one and a single number has its own bits.
__device__ double joined(const float *x, int n) {
	float top = x[0];
	for (int i = 1; i < n; i++)
		top = x[i] > top || x[i] != x[i] ? x[i] : top;
	if (!(top - top == 0.f))
		return top;
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += exp(double(x[i]) - double(top));
	return double(top) + log(sum);
}

// join is dst[r, k] = logsumexp(x[r, off[k] … off[k+1]-1]) for n elements in rows of classes.
KERNEL(256) join(float *dst, const float *x, const int *off, int classes, int cols, Count n) {
	EACH(i, n) {
		int k = i % classes;
		dst[i] = float(joined(x + i / classes * cols + off[k], off[k + 1] - off[k]));
	}
}

KERNEL(256, 4) join_grad(float *dx, const float *x, const float *dy, const int *off, int classes, int cols, Count n) {
	EACH(i, n) {
		int k = i % classes;
		const float *words = x + i / classes * cols;
		double y = joined(words + off[k], off[k + 1] - off[k]);
		for (int c = off[k]; c < off[k + 1]; c++)
			dx[i / classes * cols + c] += float(double(dy[i]) * exp(double(words[c]) - y));
	}
}
