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

// faulty_ring brings two tiles to a ring, with a fault of the given number.
enum { ring_right, ring_unmade, ring_unwaited, ring_short, ring_untold, ring_twice, ring_left, ring_told_twice, ring_misaligned };
KERNEL(64) faulty_ring(unsigned *x, int fault) {
	RING(ring, 2 * pack_tile);
	SHARED(u64, arrived, 2);
	if (threadIdx.x == 0) {
		if (fault != ring_unmade)
			make_arrivals(arrived, 2);
		for (int i = 0; i < 2; i++) {
			if (fault != ring_untold)
				announce(arrived, i, tile_bytes + (fault == ring_short ? 16 : 0));
			copy_bulk(ring, (fault == ring_twice ? 0 : i) * pack_tile + (fault == ring_misaligned ? 2 : 0), x, tile_bytes, arrived, i);
		}
		if (fault == ring_told_twice)
			announce(arrived, 1, tile_bytes);
	}
	__syncthreads();
	if (fault != ring_unwaited)
		wait_arrival(arrived, 0, 0);
	unsigned v = ring[threadIdx.x];
	if (fault != ring_left)
		wait_arrival(arrived, 1, 0);
	x[threadIdx.x] = v + ring[(fault == ring_left ? 0 : pack_tile) + threadIdx.x];
}

// faulty_product multiplies a tile with itself, with a fault of the given number; elsewhere shifts the descriptor of one operand.
enum { product_right, product_unfenced, product_early, product_touched, product_overtaken, product_left, product_lanes };
KERNEL(128) faulty_product(float *sum, const unsigned *x, int fault, u64 elsewhere) {
	RING(ring, pack_tile);
	SHARED(u64, arrived, 1);
	if (threadIdx.x == 0) {
		make_arrivals(arrived, 1);
		announce(arrived, 0, tile_bytes);
		copy_bulk(ring, 0, x, tile_bytes, arrived, 0);
	}
	__syncthreads();
	if (fault != product_early)
		wait_arrival(arrived, 0, 0);
	Sums sums = {};
	u64 a = descriptor(ring_base(ring));
	if (fault != product_unfenced)
		open_products(sums);
	multiply<Bf16>(sums, ring, a, a + elsewhere + (fault == product_lanes && threadIdx.x == 3 ? 2 : 0));
	close_products();
	wait_products<1>(sums);
	if (fault == product_touched)
		ring[0] = 0;
	if (fault == product_overtaken && threadIdx.x == 127) {
		announce(arrived, 0, tile_bytes);
		copy_bulk(ring, 0, x, tile_bytes, arrived, 0);
	}
	if (fault != product_left)
		wait_products<0>(sums);
	for (int i = 0; i < sums_cols / 2; i++)
		sum[threadIdx.x * (sums_cols / 2) + i] = sums.of[i];
}
