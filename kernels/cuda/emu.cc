// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cudaemu

// The kernels as C++, behind the few functions of emu.h.

#if defined(__x86_64__)
#include <immintrin.h>
#pragma GCC target("avx2,fma")
#endif

// As on the card, fused operations are the ones that the source says.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

#include <sys/mman.h>
#include <unistd.h>

#include "emu.h"
#include "emu/cuda.h"

#include "kernels.cu"

#include "emu/faulty.cu"

namespace {

struct Entry {
	const char *name;
	int args;
	void (*run)(const uint64_t *args);
};

#define ENTRY(name) {#name, emu::arity(name), [](const uint64_t *args) { emu::call(name, args); }},
const Entry table[] = {
#include "kernels.inc"
	ENTRY(faulty_barrier)
	ENTRY(faulty_barriers)
	ENTRY(faulty_shuffle)
	ENTRY(faulty_shared)
	ENTRY(faulty_stale)
	ENTRY(faulty_race)
	ENTRY(faulty_copies)
	ENTRY(faulty_ends)
	ENTRY(faulty_matrices)
	ENTRY(faulty_ring)
	ENTRY(faulty_product)
};
#undef ENTRY

size_t page() {
	static const size_t size = sysconf(_SC_PAGESIZE);
	return size;
}

size_t mapped(size_t bytes) { return (bytes + page() - 1) / page() * page(); }

} // namespace

int emu_find(const char *name) {
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].name, name))
			return int(i);
	return -1;
}

const char *emu_name(int i) { return size_t(i) < sizeof table / sizeof *table ? table[i].name : nullptr; }

int emu_args(int kernel) { return table[kernel].args; }

const char *emu_launch(int kernel, unsigned x, unsigned y, unsigned z, int threads, size_t shared, const uint64_t *args, int falling) {
	emu::ring_bytes = shared;
	emu::entry = table[kernel].run;
	emu::entry_args = args;
	emu::run_grid({x, y, z}, threads, falling != 0);
	return emu::message[0] ? emu::message : nullptr;
}

// Memory ends, to 16 bytes, where a page begins that nobody may touch; so does what has been freed.
void *emu_alloc(size_t bytes) {
	size_t n = mapped(bytes);
	void *base = n < bytes ? MAP_FAILED : mmap(nullptr, n + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return nullptr;
	mprotect(static_cast<char *>(base) + n, page(), PROT_NONE);
	return static_cast<char *>(base) + (n - (bytes + 15) / 16 * 16);
}

void emu_free(void *at, size_t bytes) {
	size_t n = mapped(bytes);
	munmap(static_cast<char *>(at) - (n - (bytes + 15) / 16 * 16), n + page());
}
