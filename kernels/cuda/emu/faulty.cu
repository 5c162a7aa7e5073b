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

// faulty_copies brings 256 words to shared memory twice, in two groups, waits for all but some of these and reads word shift of a thread further on.
KERNEL(64) faulty_copies(unsigned *x, int pending, int shift, int misaligned) {
	SHARED(unsigned, tile, 512);
	for (int half = 0; half < 2; half++) {
		copy_async(tile, 256 * half + 4 * threadIdx.x + misaligned, x + 4 * threadIdx.x);
		close_copies();
	}
	if (pending == 0)
		wait_copies<0>();
	else if (pending == 1)
		wait_copies<1>();
	unsigned got = tile[(4 * threadIdx.x + shift) % 512];
	wait_copies<0>();
	x[4 * threadIdx.x] = got;
}

// faulty_ends leaves with a copy on its way, or begins two to one place.
KERNEL(64) faulty_ends(unsigned *x, int twice) {
	SHARED(unsigned, tile, 256);
	for (int i = 0; i <= twice; i++)
		copy_async(tile, 4 * threadIdx.x, x);
}

// faulty_matrices reads four matrices whose rows lie pitch words apart.
KERNEL(32) faulty_matrices(unsigned *x, int pitch) {
	SHARED(unsigned, tile, 640);
	for (int i = threadIdx.x; i < 640; i += 32)
		tile[i] = i;
	__syncwarp();
	unsigned r[4];
	load_matrices(r, tile, threadIdx.x * pitch);
	for (int i = 0; i < 4; i++)
		x[4 * threadIdx.x + i] = r[i];
}
