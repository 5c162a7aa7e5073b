// SPDX-License-Identifier: GPL-3.0-or-later

KERNEL(256) pointwise_add(float *dst, const float *x, const float *y, Count n) {
	EACH(i, n) dst[i] = x[i] + y[i];
}

KERNEL(256) pointwise_axpy(float *dst, const float *x, float alpha, Count n) {
	EACH(i, n) dst[i] = fmaf(alpha, x[i], dst[i]);
}

KERNEL(256) pointwise_gelu(float *dst, const float *x, Count n) {
	EACH(i, n) dst[i] = gelu(x[i]);
}

KERNEL(256) pointwise_gelu_grad(float *dx, const float *x, const float *dy, Count n) {
	EACH(i, n) dx[i] += dy[i] * gelu_slope(x[i]);
}

KERNEL(256) pointwise_relu(float *dst, const float *x, Count n) {
	EACH(i, n) {
		float v = x[i];
		dst[i] = v <= 0.f ? 0.f : v;
	}
}

KERNEL(256) pointwise_relu_grad(float *dx, const float *x, const float *dy, Count n) {
	EACH(i, n) if (x[i] > 0.f)
		dx[i] += dy[i];
}
