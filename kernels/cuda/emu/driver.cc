// SPDX-License-Identifier: GPL-3.0-or-later
//
// A libcuda.so.1 whose only device is the emulated one, in so far as this package uses a driver. With it on LD_LIBRARY_PATH the program that is built for a
// card, its stub, the bindings and the launches run on a machine without one. The module that it is given is looked at no further than its length.
//
// Error codes are CUDA's: 1 invalid value, 2 out of memory, 101 invalid device, 200 invalid image, 500 not found, 719 launch failed.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "../emu.h"

typedef int CUresult;
typedef uint64_t CUdeviceptr;

namespace {

std::mutex lock;
std::map<CUdeviceptr, size_t> blocks;
thread_local bool current; // whether the thread has the context
int context, module, functions[256]; // whose addresses are handles; of a function, how much dynamic shared memory it may be given

// within tells whether [at, at+n) is memory of one block.
bool within(CUdeviceptr at, size_t n) {
	std::lock_guard<std::mutex> held(lock);
	auto next = blocks.upper_bound(at);
	return next != blocks.begin() && (--next, at + n <= next->first + next->second);
}

CUresult copy(void *dst, const void *src, size_t n) {
	memmove(dst, src, n);
	return 0;
}

void *host(CUdeviceptr at) { return reinterpret_cast<void *>(at); }

} // namespace

#define API extern "C" CUresult __attribute__((visibility("default")))
#define NEEDS(what, code)                                                                                                                                \
	if (!(what))                                                                                                                                         \
	return code

API cuInit(unsigned flags) { return flags ? 1 : 0; }
API cuDriverGetVersion(int *version) { return *version = 13000, 0; }
API cuDeviceGetCount(int *n) { return *n = 1, 0; }
API cuDeviceGet(int *device, int ordinal) {
	NEEDS(ordinal == 0, 101);
	return *device = 0, 0;
}
API cuDeviceGetAttribute(int *x, int attribute, int) {
	switch (attribute) {
	case 16: // multiprocessors
		return *x = 1, 0;
	case 75: // compute capability
		return *x = 9, 0;
	case 76:
		return *x = 0, 0;
	}
	return 1;
}
API cuDevicePrimaryCtxRetain(void **ctx, int device) {
	NEEDS(device == 0, 101);
	return *ctx = &context, 0;
}
API cuCtxSetCurrent(void *ctx) {
	NEEDS(ctx == &context, 201);
	return current = true, 0;
}
API cuCtxSynchronize() { return current ? 0 : 201; }

API cuMemAlloc_v2(CUdeviceptr *at, size_t n) {
	NEEDS(current, 201);
	NEEDS(n > 0, 1);
	void *p = emu_alloc(n);
	NEEDS(p, 2);
	memset(p, 0xa5, n); // a driver does not zero
	*at = reinterpret_cast<CUdeviceptr>(p);
	std::lock_guard<std::mutex> held(lock);
	blocks[*at] = n;
	return 0;
}
API cuMemFree_v2(CUdeviceptr at) {
	NEEDS(current, 201);
	std::lock_guard<std::mutex> held(lock);
	auto b = blocks.find(at);
	NEEDS(b != blocks.end(), 1);
	emu_free(host(at), b->second);
	blocks.erase(b);
	return 0;
}
API cuMemAllocHost_v2(void **p, size_t n) {
	NEEDS(current, 201);
	*p = malloc(n);
	return *p ? 0 : 2;
}
API cuMemcpyHtoD_v2(CUdeviceptr dst, const void *src, size_t n) {
	NEEDS(current && within(dst, n), 1);
	return copy(host(dst), src, n);
}
API cuMemcpyDtoH_v2(void *dst, CUdeviceptr src, size_t n) {
	NEEDS(current && within(src, n), 1);
	return copy(dst, host(src), n);
}
API cuMemcpyDtoD_v2(CUdeviceptr dst, CUdeviceptr src, size_t n) {
	NEEDS(current && within(dst, n) && within(src, n), 1);
	return copy(host(dst), host(src), n);
}
API cuMemsetD8_v2(CUdeviceptr dst, unsigned char x, size_t n) {
	NEEDS(current && within(dst, n), 1);
	memset(host(dst), x, n);
	return 0;
}

API cuModuleLoadData(void **mod, const void *image) {
	NEEDS(current, 201);
	uint32_t magic;
	memcpy(&magic, image, sizeof magic);
	NEEDS(magic == 0xba55ed50, 200); // a fatbin's
	return *mod = &module, 0;
}
API cuModuleGetFunction(void **f, void *mod, const char *name) {
	NEEDS(mod == &module, 400);
	int k = emu_find(name);
	NEEDS(k >= 0, 500);
	*f = functions + k;
	return 0;
}
API cuFuncSetAttribute(void *f, int attribute, int value) {
	NEEDS(current, 201);
	if (attribute == 8) { // the most dynamic shared memory
		NEEDS(value >= 0 && value <= 227 << 10, 1);
		*static_cast<int *>(f) = value;
	}
	return attribute == 8 || attribute == 9 ? 0 : 1; // 9: how much of the first cache is shared memory
}
API cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream, void **params,
                   void **extra) {
	NEEDS(current, 201);
	NEEDS(f && params && !extra && !stream && by == 1 && bz == 1, 1);
	NEEDS(shared <= unsigned(std::max(48 << 10, *static_cast<int *>(f))), 1);
	int k = int(static_cast<int *>(f) - functions), n = emu_args(k);
	uint64_t args[32];
	for (int i = 0; i < n; i++)
		memcpy(args + i, params[i], sizeof args[i]);
	std::lock_guard<std::mutex> held(lock);
	if (const char *what = emu_launch(k, gx, gy, gz, int(bx), shared, args, 0)) {
		fprintf(stderr, "emulated driver: kernel %s: %s\n", emu_name(k), what);
		return 719;
	}
	return 0;
}
