// SPDX-License-Identifier: GPL-3.0-or-later
//
// What Hopper (sm_90a) adds for matrix products: copies of any size into shared memory that a barrier counts (cp.async.bulk, mbarrier), and products of two
// matrices there by four warps together, a warpgroup, that run on while its threads do not wait (wgmma).
#pragma once

#ifdef __CUDACC__
#define RING(name, n) extern __shared__ __align__(1024) unsigned name[]
#endif

// ring_base is the address of the ring, from which rows are counted by eights: it has to be a multiple of 1,024.
template <class Tile> __device__ unsigned ring_base(Tile &ring) {
#ifdef __CUDACC__
	unsigned at = shared_address(&ring[0]);
	if (at % 1024)
		__trap();
	return at;
#else
	return emu::ring_base(ring);
#endif
}

// Arrivals are what copies into the places of a ring are waited for at, a barrier each. One thread begins all copies: it makes the barriers, and announces
// to one what is going to arrive before it copies.
template <class Barriers> __device__ void make_arrivals(Barriers &arrived, int n) {
#ifdef __CUDACC__
	for (int i = 0; i < n; i++)
		asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&arrived[i])) : "memory");
	asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
	asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#else
	emu::make_arrivals(arrived, n);
#endif
}

template <class Barriers> __device__ void announce(Barriers &arrived, int i, int bytes) {
#ifdef __CUDACC__
	asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&arrived[i])), "r"(bytes) : "memory");
#else
	emu::announce(arrived, i, bytes);
#endif
}

// copy_bulk begins to copy bytes, a multiple of 16, to element at of tile.
template <class Tile, class Barriers> __device__ void copy_bulk(Tile &tile, int at, const unsigned *from, int bytes, Barriers &arrived, int i) {
#ifdef __CUDACC__
	asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared_address(&tile[at])), "l"(from),
	             "r"(bytes), "r"(shared_address(&arrived[i]))
	             : "memory");
#else
	emu::copy_bulk(tile, at, from, bytes, arrived, i);
#endif
}

// wait_arrival waits until what was announced has arrived; parity is 0 the first time, 1 the second, and so on in turn.
template <class Barriers> __device__ void wait_arrival(Barriers &arrived, int i, int parity) {
#ifdef __CUDACC__
	asm volatile("{\n"
	             ".reg .pred there;\n"
	             "again:\n"
	             "mbarrier.try_wait.parity.shared::cta.b64 there, [%0], %1;\n"
	             "@!there bra again;\n"
	             "}" ::"r"(shared_address(&arrived[i])),
	             "r"(parity)
	             : "memory");
#else
	emu::wait_arrival(arrived, i, parity);
#endif
}

// descriptor tells wgmma of a matrix in shared memory whose rows are 128 bytes, their chunks interchanged as spot<32> does (mode 1 of the swizzle), and whose
// groups of eight rows lie 1,024 bytes apart. address may be that of a later word of the first row.
__device__ u64 descriptor(unsigned address) { return u64(1) << 62 | u64(1024 / 16) << 32 | u64(1) << 16 | (address & 0x3ffff) / 16; }

// Sums are a thread's part of 64 × 128 elements: row 16·w + l/4 (+ 8 for the second pair) of warp w and lane l, columns 8·j + 2·(l%4) and the next.
const int sums_rows = 64, sums_cols = 128;

struct Sums {
	float of[sums_cols / 2];
};

#ifdef __CUDACC__
#define SUMS_8(s, i) "+f"(s[i]), "+f"(s[i + 1]), "+f"(s[i + 2]), "+f"(s[i + 3]), "+f"(s[i + 4]), "+f"(s[i + 5]), "+f"(s[i + 6]), "+f"(s[i + 7])
#define SUMS_64(s) SUMS_8(s, 0), SUMS_8(s, 8), SUMS_8(s, 16), SUMS_8(s, 24), SUMS_8(s, 32), SUMS_8(s, 40), SUMS_8(s, 48), SUMS_8(s, 56)
#define SUMS_REGISTERS                                                                                                                                    \
	"{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,"     \
	"%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}, %64, %65, p"
#define WGMMA(type, signs)                                                                                                                                \
	asm volatile("{\n"                                                                                                                                   \
	             ".reg .pred p;\n"                                                                                                                       \
	             "setp.eq.b32 p, 0, 0;\n"                                                                                                                \
	             "wgmma.mma_async.sync.aligned.m64n128" type " " SUMS_REGISTERS ", " signs ";\n"                                                          \
	             "}"                                                                                                                                     \
	             : SUMS_64(sums.of)                                                                                                                      \
	             : "l"(a), "l"(b))
#endif

// open_products has to come before a thread's first product, and again once it has touched sums.
__device__ void open_products(Sums &sums) {
#ifdef __CUDACC__
	asm volatile("" : SUMS_64(sums.of)::"memory");
	asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#else
	emu::open_products(sums.of);
#endif
}

// multiply begins to add to sums the product of 64 rows of a and 128 of b, over 32 bytes of the inner index.
template <class P, class Tile> __device__ void multiply(Sums &sums, Tile &tile, u64 a, u64 b) {
#ifdef __CUDACC__
	if constexpr (P::each == 2)
		WGMMA("k16.f32.bf16.bf16", "1, 1, 0, 0");
	else
		WGMMA("k8.f32.tf32.tf32", "1, 1");
#else
	emu::multiply<P>(sums.of, tile, a, b, __LINE__);
#endif
}

// close_products makes a group of the products that the thread has begun since the last one.
__device__ void close_products() {
#ifdef __CUDACC__
	asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#else
	emu::close_products();
#endif
}

// wait_products waits for the thread's groups but the last PENDING: sums has theirs, and what they read may be written over once all threads know.
template <int PENDING> __device__ void wait_products(Sums &sums) {
#ifdef __CUDACC__
	asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
	asm volatile("" : SUMS_64(sums.of)::"memory");
#else
	emu::wait_products(sums.of, PENDING, __LINE__);
#endif
}
