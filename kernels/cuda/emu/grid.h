// SPDX-License-Identifier: GPL-3.0-or-later
//
// A grid on the processor: blocks run in turn; the threads of a block are fibres that meet at barriers. What a kernel does wrong ends the launch with a
// message: a barrier that some threads miss or meet elsewhere, a shuffle that lanes miss, an index beyond shared memory.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "fibre.h"

struct dim3 {
	unsigned x, y, z;
};

static dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emu {

constexpr int max_threads = 1024, warp_size = 32;

enum State { ready, at_block, at_warp, done };

struct Thread {
	Fibre fibre;
	State state;
	int site;    // where it waits: a line of a source file
	unsigned op; // collective operations of its warp so far
};

// What a lane hands to its warp. Two in turn, since a lane may be one operation ahead of the others.
struct Deposit {
	alignas(16) unsigned char bytes[2][64];
};

// Copy is one of cp.async that has not arrived; groups counts those that its thread has closed.
struct Copy {
	void *to;
	const void *from;
	unsigned char *flying; // marks its place
	int *flights;          // counts those on their way to that memory
	unsigned group;
};
struct Copies {
	std::vector<Copy> list;
	unsigned groups;
};

// BulkCopy is one of cp.async.bulk that has not arrived.
struct BulkCopy {
	void *to;
	const void *from;
	size_t bytes;
	unsigned char *flying;
	int *flights;
	const void *barrier;
};

// Product is one of wgmma that its thread has not waited for.
struct Product {
	void (*run)(const Product &);
	float *sums;
	const unsigned *words;
	unsigned long long a, b;
	unsigned char *reading; // counts the warps that read a chunk
	unsigned group;
};
struct Products {
	std::vector<Product> list;
	unsigned groups;
	const float *open; // the sums that a fence stands before
};

static Thread threads[max_threads];
static Copies copies[max_threads];
static Products products[max_threads];
static std::vector<BulkCopy> bulk_copies; // of the block
static size_t ring_bytes;                 // of dynamic shared memory that the launch asks for
static Deposit deposits[max_threads];
static Fibre scheduler;
static int current;                // the thread that runs
static unsigned long block_serial; // tells shared memory that a new block begins
static char message[512];
static void (*entry)(const uint64_t *args);
static const uint64_t *entry_args;

[[noreturn]] __attribute__((noinline, cold)) static void fail(const char *format, ...) {
	va_list list;
	va_start(list, format);
	char what[256];
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	snprintf(message, sizeof message, "%s, in thread %u of block (%u, %u, %u)", what, threadIdx.x, blockIdx.x, blockIdx.y, blockIdx.z);
	threads[current].state = done;
	threads[current].fibre.switch_to(scheduler);
	abort();
}

static void wait(State state, int site) {
	Thread &t = threads[current];
	t.state = state;
	t.site = site;
	t.fibre.switch_to(scheduler);
}

static void run_thread() {
	entry(entry_args);
	if (!copies[current].list.empty())
		fail("a thread ends before its copies have arrived");
	if (!products[current].list.empty())
		fail("a thread ends before its products are there");
	threads[current].state = done;
	threads[current].fibre.switch_to(scheduler);
	abort();
}

// released tells whether threads [lo, hi) all wait for state at one place, and lets them go on if so.
static bool released(State state, int lo, int hi) {
	for (int i = lo; i < hi; i++)
		if (threads[i].state != state || threads[i].site != threads[lo].site)
			return false;
	for (int i = lo; i < hi; i++)
		threads[i].state = ready;
	return true;
}

// run_ready runs the ready threads of [lo, hi), in rising or falling order; false where one failed.
static bool run_ready(int lo, int hi, bool falling) {
	for (int k = lo; k < hi; k++) {
		int i = falling ? lo + hi - 1 - k : k;
		if (threads[i].state != ready)
			continue;
		current = i;
		threadIdx = {unsigned(i), 0, 0};
		scheduler.switch_to(threads[i].fibre);
		if (message[0])
			return false;
	}
	return true;
}

static bool run_block(int n, bool falling) {
	block_serial++;
	bulk_copies.clear();
	for (int i = 0; i < n; i++) {
		threads[i].state = ready;
		threads[i].op = 0;
		copies[i] = {};
		products[i] = {};
		threads[i].fibre.start(run_thread);
	}
	for (;;) {
		for (int k = 0; k < n; k += warp_size) {
			int lo = falling ? (n - 1 - k) / warp_size * warp_size : k;
			int hi = lo + warp_size < n ? lo + warp_size : n;
			do {
				if (!run_ready(lo, hi, falling))
					return false;
			} while (hi - lo == warp_size && threads[lo].state == at_warp && released(at_warp, lo, hi));
		}
		bool all = true;
		for (int i = 0; i < n; i++)
			all = all && threads[i].state == done;
		if (all && !bulk_copies.empty())
			snprintf(message, sizeof message, "block (%u, %u, %u) ends before its copies have arrived", blockIdx.x, blockIdx.y, blockIdx.z);
		if (all)
			return bulk_copies.empty();
		if (threads[0].state == at_block && released(at_block, 0, n))
			continue;
		for (int i = 0; i < n; i++) {
			if (threads[i].state == done)
				continue;
			snprintf(message, sizeof message, "thread %d of block (%u, %u, %u) waits at line %d and other threads do not", i, blockIdx.x, blockIdx.y, blockIdx.z, threads[i].site);
			return false;
		}
	}
}

// run_grid is a launch; message tells afterwards what went wrong.
static void run_grid(dim3 grid, int n, bool falling) {
	message[0] = 0;
	gridDim = grid;
	blockDim = {unsigned(n), 1, 1};
	if (n < 1 || n > max_threads || grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.y > 65535 || grid.z > 65535) {
		snprintf(message, sizeof message, "grid of (%u, %u, %u) blocks of %d threads", grid.x, grid.y, grid.z, n);
		return;
	}
	for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
		for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
			for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
				if (!run_block(n, falling))
					return;
}

// deposit hands v to the other lanes of the warp and waits for theirs; the result is for take.
template <class T> static unsigned deposit(const T &v, int site) {
	static_assert(sizeof(T) <= sizeof deposits[0].bytes[0], "a deposit is too large");
	unsigned turn = threads[current].op++ & 1;
	memcpy(deposits[current].bytes[turn], &v, sizeof v);
	wait(at_warp, site);
	return turn;
}

// take is what a lane of the caller's warp has handed in.
template <class T> static T take(unsigned turn, int lane) {
	T v;
	memcpy(&v, deposits[current / warp_size * warp_size + lane].bytes[turn], sizeof v);
	return v;
}

// peek is take without a copy, good until the caller's next operation.
template <class T> static const T *peek(unsigned turn, int lane) {
	return reinterpret_cast<const T *>(deposits[current / warp_size * warp_size + lane].bytes[turn]);
}

template <class T> static T shuffle(unsigned mask, T v, int lane, int site) {
	if (mask != 0xffffffff)
		fail("shuffle under mask %#x; only whole warps are emulated", mask);
	unsigned turn = deposit(v, site);
	return take<T>(turn, lane & (warp_size - 1));
}

// Shared is shared memory. A new block finds it full of NaN. An element to which a copy is on its way, or which a product may still read, cannot be touched.
template <class T, int N> struct Shared {
	static constexpr int chunk = 16 / sizeof(T); // elements of a copy
	alignas(16) T data[N];
	unsigned long serial;
	int flights;
	unsigned char flying[(N + chunk - 1) / chunk], reading[(N + chunk - 1) / chunk];

	T &operator[](int i) {
		check(i);
		if (flights && flying[i / chunk])
			fail("shared memory read or written at %d, where a copy has not arrived", i);
		if (reading[i / chunk])
			fail("shared memory read or written at %d, which a product may still read", i);
		return data[i];
	}
	unsigned char *place_of(int i) {
		check(i);
		return flying + i / chunk;
	}
	void check(int i) {
		if (unsigned(i) >= unsigned(N))
			fail("shared memory of %d elements read or written at %d", N, i);
		if (serial != block_serial) {
			memset(data, 0xff, sizeof data);
			memset(flying, 0, sizeof flying);
			memset(reading, 0, sizeof reading);
			flights = 0;
			serial = block_serial;
		}
	}
};

// call unpacks arguments of 8 bytes each.
template <class... A, size_t... I> static void call_with(void (*f)(A...), const uint64_t *args, std::index_sequence<I...>) {
	auto get = [args](auto *type, size_t i) {
		std::remove_pointer_t<decltype(type)> v;
		memcpy(&v, args + i, sizeof v);
		return v;
	};
	f(get(static_cast<A *>(nullptr), I)...);
}
template <class... A> static void call(void (*f)(A...), const uint64_t *args) { call_with(f, args, std::index_sequence_for<A...>{}); }
template <class... A> constexpr int arity(void (*)(A...)) { return sizeof...(A); }

} // namespace emu
