// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hopper's products, as late as may be: a bulk copy arrives when somebody waits at its barrier, and a product reads shared memory when its thread waits for
// it, by the addresses that its descriptors say. Until then the places of both cannot be touched. What is waited for has to be on its way: a kernel that
// leaves that to chance would wait for ever on some day.
#pragma once

#include "grid.h"

namespace emu {

// Ring is dynamic shared memory: the launch has to ask for as much.
template <int N> struct Ring : Shared<unsigned, N> {
	unsigned &operator[](int i) {
		if (ring_bytes < N * sizeof(unsigned))
			fail("dynamic shared memory of %zu bytes, where the launch gives %zu", N * sizeof(unsigned), ring_bytes);
		return Shared<unsigned, N>::operator[](i);
	}
};

constexpr unsigned ring_start = 2048; // its address

template <int N> static unsigned ring_base(Ring<N> &) { return ring_start; }

// Barrier is the state of an mbarrier.
struct Barrier {
	unsigned char made, phase, announced;
	int bytes; // announced less arrived
};
constexpr unsigned char made = 0x6d;

template <int N> static Barrier barrier_at(Shared<unsigned long long, N> &barriers, int i) {
	Barrier b;
	static_assert(sizeof b <= sizeof barriers[0], "a barrier is too large");
	memcpy(&b, &barriers[i], sizeof b);
	if (b.made != made)
		fail("barrier %d is used before it is made", i);
	return b;
}
template <int N> static void keep_barrier(Shared<unsigned long long, N> &barriers, int i, const Barrier &b) { memcpy(&barriers[i], &b, sizeof b); }

template <int N> static void make_arrivals(Shared<unsigned long long, N> &barriers, int n) {
	for (int i = 0; i < n; i++)
		keep_barrier(barriers, i, {made, 0, 0, 0});
}

template <int N> static void announce(Shared<unsigned long long, N> &barriers, int i, int bytes) {
	Barrier b = barrier_at(barriers, i);
	if (b.announced)
		fail("barrier %d is told of copies before those that it was told of have been waited for", i);
	b.announced = 1;
	b.bytes = bytes;
	keep_barrier(barriers, i, b);
}

template <int N, int M>
static void copy_bulk(Ring<N> &to, int at, const void *from, int bytes, Shared<unsigned long long, M> &barriers, int i) {
	if (at % 4 || uintptr_t(from) % 16 || bytes % 16 || bytes <= 0)
		fail("a copy of %d bytes from %p to element %d is not aligned", bytes, from, at);
	barrier_at(barriers, i);
	for (int k = at; k < at + bytes / 4; k += 4) {
		to[k];
		to.flying[k / 4] = 1;
	}
	to.flights++;
	bulk_copies.push_back({&to.data[at], from, size_t(bytes), to.flying + at / 4, &to.flights, &barriers[i]});
}

// wait_arrival lets what is on its way to a barrier arrive.
template <int N> static void wait_arrival(Shared<unsigned long long, N> &barriers, int i, int parity) {
	Barrier b = barrier_at(barriers, i);
	if (b.phase != parity)
		return;
	size_t n = 0;
	for (const BulkCopy &c : bulk_copies)
		if (c.barrier != &barriers[i])
			bulk_copies[n++] = c;
		else {
			memcpy(c.to, c.from, c.bytes);
			memset(c.flying, 0, c.bytes / 16);
			--*c.flights;
			b.bytes -= int(c.bytes);
		}
	bulk_copies.resize(n);
	if (!b.announced)
		fail("a wait at barrier %d, which nobody has told of copies", i);
	if (b.bytes)
		fail("a wait at barrier %d for ever: of the bytes that it was told of %d are not on their way", i, b.bytes);
	b.phase ^= 1;
	b.announced = 0;
	keep_barrier(barriers, i, b);
}

// word_at is where in the ring wgmma finds word w, of eight, of row r: rows of 128 bytes in groups of eight, each group as far from the one before as the
// descriptor says, and of the address the bits that choose one of eight chunks interchanged by the row's.
static unsigned word_at(unsigned long long descriptor, int r, int w) {
	unsigned start = (descriptor & 0x3fff) * 16, group = (descriptor >> 32 & 0x3fff) * 16;
	unsigned at = start + r / 8 * group + r % 8 * 128 + 4 * w;
	return ((at ^ (at >> 7 & 7) << 4) - ring_start) / 4;
}

static void check_descriptor(unsigned long long d) {
	if (d >> 62 != 1 || d >> 49 & 7)
		fail("descriptor %#llx: only the swizzle of 128 bytes from a multiple of 1,024 on is emulated", d);
}

// run_product adds to a thread's sums, in the order of words.
template <class P> static void run_product(const Product &p) {
	int warp = current / warp_size % 4, lane = current % warp_size;
	for (int half = 0; half < 2; half++) {
		int r = 16 * warp + 8 * half + lane / 4;
		unsigned x[8];
		for (int w = 0; w < 8; w++)
			x[w] = p.words[word_at(p.a, r, w)];
		for (int j = 0; j < 16; j++)
			for (int e = 0; e < 2; e++) {
				float &sum = p.sums[4 * j + 2 * half + e];
				for (int w = 0; w < 8; w++)
					sum = P::dot(sum, x[w], p.words[word_at(p.b, 8 * j + lane % 4 * 2 + e, w)]);
			}
	}
}

// each_chunk calls f for every chunk that a warp's product reads.
template <class F> static void each_chunk(const Product &p, F f) {
	for (int w = 0; w < 8; w += 4) {
		for (int r = 0; r < 16; r++)
			f(word_at(p.a, current / warp_size % 4 * 16 + r, w));
		for (int c = 0; c < 128; c++)
			f(word_at(p.b, c, w));
	}
}

static void open_products(const float *sums) { products[current].open = sums; }

static void close_products() { products[current].groups++; }

struct Descriptors {
	unsigned long long a, b;
};

// multiply is wgmma of 64 × 128 sums over 32 bytes of the inner index.
template <class P, int N> static void multiply(float *sums, Ring<N> &ring, unsigned long long a, unsigned long long b, int site) {
	Products &own = products[current];
	if (own.open != sums)
		fail("a product behind no fence");
	check_descriptor(a);
	check_descriptor(b);
	Product p = {run_product<P>, sums, ring.data, a, b, ring.reading, own.groups};
	unsigned turn = deposit(Descriptors{a, b}, site);
	if (current % warp_size == 0) {
		for (int lane = 0; lane < warp_size; lane++)
			if (peek<Descriptors>(turn, lane)->a != a || peek<Descriptors>(turn, lane)->b != b)
				fail("the lanes of a warp have other descriptors for a product");
		each_chunk(p, [&ring](unsigned word) {
			ring.check(int(word));
			if (ring.flying[word / 4])
				fail("a product reads shared memory at %u, where a copy has not arrived", word);
		});
		each_chunk(p, [&ring](unsigned word) { ring.reading[word / 4]++; });
	}
	own.list.push_back(p);
}

// wait_products lets all groups but the last few come to their end.
static void wait_products(const float *sums, int but, int site) {
	deposit(0, site);
	Products &own = products[current];
	size_t n = 0;
	std::vector<Product> done;
	for (const Product &p : own.list)
		if (p.group + but >= own.groups)
			own.list[n++] = p;
		else {
			p.run(p);
			done.push_back(p);
		}
	own.list.resize(n);
	deposit(0, site);
	if (current % warp_size == 0)
		for (const Product &p : done)
			each_chunk(p, [&p](unsigned word) { p.reading[word / 4]--; });
	if (own.open == sums)
		own.open = nullptr;
}

} // namespace emu
