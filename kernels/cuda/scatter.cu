// SPDX-License-Identifier: GPL-3.0-or-later

// scatter_add adds, to row target[b] of dst, the rows list[first[b]…first[b+1]) of src in their order, unless target[b] is negative; b is the block. A thread owns a column, so that
// the order of additions is that of the list.
KERNEL(128) scatter_add(float *dst, const float *src, const int *target, const int *first, const int *list, int cols) {
	int c = blockIdx.y * blockDim.x + threadIdx.x, to = target[blockIdx.x];
	if (c >= cols || to < 0)
		return;
	float *at = dst + size_t(to) * cols + c;
	float sum = *at;
	for (int i = first[blockIdx.x]; i < first[blockIdx.x + 1]; i++)
		sum += src[size_t(list[i]) * cols + c];
	*at = sum;
}

// scatter_sum is dst += Σ_r x[r], in the order of r.
KERNEL(128) scatter_sum(float *dst, const float *x, Count count, int cols) {
	int c = blockIdx.x * blockDim.x + threadIdx.x, rows = count;
	if (c >= cols)
		return;
	float sum = dst[c];
	for (int r = 0; r < rows; r++)
		sum += x[size_t(r) * cols + c];
	dst[c] = sum;
}
