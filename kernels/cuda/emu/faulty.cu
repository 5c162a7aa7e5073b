// SPDX-License-Identifier: GPL-3.0-or-later
//
// Kernels that do what none may, for the tests of the emulated device. nvcc never sees them.

KERNEL(64) faulty_barrier(int lanes) {
	if (int(threadIdx.x) < lanes)
		__syncthreads();
}

KERNEL(64) faulty_barriers(int) {
	if (threadIdx.x % 2)
		__syncthreads();
	else
		__syncthreads();
}

KERNEL(64) faulty_shuffle(float *x) {
	if (threadIdx.x != 5)
		x[threadIdx.x] = __shfl_xor_sync(all_lanes, x[threadIdx.x], 1);
}

KERNEL(64) faulty_shared(float *x, int at) {
	SHARED(float, tile, 64);
	tile[threadIdx.x] = x[threadIdx.x];
	x[threadIdx.x] = tile[at];
}

// faulty_stale reads what an earlier block may have left in shared memory.
KERNEL(64) faulty_stale(float *x) {
	SHARED(float, tile, 64);
	if (blockIdx.x == 0)
		tile[threadIdx.x] = 1;
	x[threadIdx.x] = tile[threadIdx.x];
}

// faulty_race lacks a barrier: the result depends on the order of threads.
KERNEL(64) faulty_race(float *x) {
	SHARED(float, tile, 64);
	tile[threadIdx.x] = float(threadIdx.x);
	x[threadIdx.x] = tile[63 - threadIdx.x];
}
