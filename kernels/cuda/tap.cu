// SPDX-License-Identifier: GPL-3.0-or-later
//
// The kernels of taps. rows lists the rows of x that are read, at the rows of the batch that they are.

__device__ bool add_overflows(i64 a, i64 b, i64 &sum) {
	sum = i64(u64(a) + u64(b));
	return ((a ^ sum) & (b ^ sum)) < 0;
}

// add_fixed is sum += x, unless that cannot be.
__device__ void add_fixed(i64 &sum, float x, u64 *fault, int at, int cols, int c) {
	i64 next;
	if (!(x > -1073741824.f && x < 1073741824.f))
		note_value(fault, at, cols, c, x);
	else if (add_overflows(sum, fixed(x), next))
		note(fault, at, cols, c, fault_overflow);
	else
		sum = next;
}

// tap_pool makes one row of values of each group, rows[first[g]…first[g+1]): their maximum, or mean.
KERNEL(128) tap_pool(float *values, const float *x, const int *rows, const int *first, int maximum, int cols, u64 *fault) {
	int c = blockIdx.y * blockDim.x + threadIdx.x, g = blockIdx.x;
	if (c >= cols)
		return;
	float top = 0.f;
	i64 sum = 0;
	for (int i = first[g]; i < first[g + 1]; i++) {
		float v = x[size_t(rows[i]) * cols + c];
		if (!maximum)
			add_fixed(sum, v, fault, rows[i], cols, c);
		else if (i == first[g] || v > top || v != v)
			top = v;
	}
	values[size_t(g) * cols + c] = maximum ? top : float(double(sum) / double(first[g + 1] - first[g]) / 4294967296.);
}

// A chunk is at most 128 rows of one slot, rows[chunk_first[b]…chunk_first[b+1]). unsummable marks a partial sum with an addend that is not summable.
const i64 unsummable = i64(1ull << 63);

KERNEL(128) tap_sum(i64 *partial, const float *x, const int *rows, const int *chunk_first, int cols) {
	int c = blockIdx.y * blockDim.x + threadIdx.x;
	if (c >= cols)
		return;
	i64 sum = 0;
	bool small = true;
	for (int i = chunk_first[blockIdx.x]; i < chunk_first[blockIdx.x + 1]; i++) {
		float v = x[size_t(rows[i]) * cols + c];
		bool is = summable(v);
		sum += is ? fixed(v) : 0;
		small = small && is;
	}
	partial[size_t(blockIdx.x) * cols + c] = small ? sum : unsummable;
}

// tap_count counts x > threshold where the label is 1, and the others where it is 0.
KERNEL(128) tap_count(i64 *partial, const float *x, const int *rows, const int *at, const int *labels, const int *chunk_first, const int *chunk_slot,
                      const float *thresholds, int cols, u64 *fault) {
	int c = blockIdx.y * blockDim.x + threadIdx.x;
	if (c >= cols)
		return;
	float threshold = thresholds[size_t(chunk_slot[blockIdx.x]) * cols + c];
	i64 count = 0;
	for (int i = chunk_first[blockIdx.x]; i < chunk_first[blockIdx.x + 1]; i++) {
		float v = x[size_t(rows[i]) * cols + c];
		if (!finite(v))
			note_value(fault, at[i], cols, c, v);
		count += (v > threshold) == (labels[i] == 1);
	}
	partial[size_t(blockIdx.x) * cols + c] = count;
}

// tap_merge adds the chunks [slot_first[s]…slot_first[s+1]) of each slot s, one number after the other where their sums do not fit.
// large, unless null, marks those with an addend that is not summable.
KERNEL(128) tap_merge(i64 *acc, const i64 *partial, const unsigned *large, const float *x, const int *rows, const int *at, const int *chunk_first, const int *slot_first, int cols,
                      u64 *fault) {
	int c = blockIdx.y * blockDim.x + threadIdx.x, s = blockIdx.x;
	if (c >= cols)
		return;
	i64 sum = acc[size_t(s) * cols + c], next;
	for (int k = slot_first[s]; k < slot_first[s + 1]; k++) {
		i64 part = partial[size_t(k) * cols + c];
		if (part != unsummable && !(large && large[size_t(k) * cols + c]) && !add_overflows(sum, part, next))
			sum = next;
		else
			for (int i = chunk_first[k]; i < chunk_first[k + 1]; i++)
				add_fixed(sum, x[size_t(rows[i]) * cols + c], fault, at[i], cols, c);
	}
	acc[size_t(s) * cols + c] = sum;
}

// tap_copy writes row rows[b] of x to row slots[b] of out, unless one of them is negative; neuron, unless negative, is the only one.
KERNEL(128) tap_copy(float *out, const float *x, const int *rows, const int *at, const int *slots, int neuron, int cols, u64 *fault) {
	int c = blockIdx.y * blockDim.x + threadIdx.x, b = blockIdx.x;
	if (rows[b] < 0)
		return;
	if (neuron >= 0) {
		if (c > 0)
			return;
		c = neuron;
	}
	if (c >= cols)
		return;
	float v = x[size_t(rows[b]) * cols + c];
	if (!finite(v))
		note_value(fault, at[b], cols, c, v);
	if (slots[b] >= 0)
		out[neuron >= 0 ? size_t(slots[b]) : size_t(slots[b]) * cols + c] = v;
}
