// SPDX-License-Identifier: GPL-3.0-or-later
//
// libcuda.a: the driver's functions, each a jump through a pointer. A program that is linked with it needs no driver to start; stub_load opens the driver
// when a device is asked for. Until then, and where there is none, every function answers that there is no device.

#include <dlfcn.h>
#include <stddef.h>

#define ENTRIES                                                                                                                                          \
	X(cuCtxCreate_v2) X(cuCtxDestroy_v2) X(cuCtxDisablePeerAccess) X(cuCtxEnablePeerAccess) X(cuCtxGetApiVersion) X(cuCtxGetCurrent) X(cuCtxGetDevice)   \
	X(cuCtxSetCurrent) X(cuCtxSynchronize) X(cuDeviceCanAccessPeer) X(cuDeviceGet) X(cuDeviceGetAttribute) X(cuDeviceGetCount) X(cuDeviceGetName)         \
	X(cuDevicePrimaryCtxRetain) X(cuDeviceTotalMem_v2) X(cuDriverGetVersion) X(cuEventCreate) X(cuEventDestroy_v2) X(cuEventElapsedTime)                  \
	X(cuEventRecord) X(cuEventSynchronize) X(cuFuncGetAttribute) X(cuFuncSetAttribute) X(cuGraphDestroy) X(cuGraphExecDestroy)                          \
	X(cuGraphInstantiateWithFlags) X(cuGraphLaunch) X(cuInit) X(cuLaunchKernel) X(cuMemAllocHost_v2) X(cuMemAlloc_v2) X(cuMemFreeHost) X(cuMemFree_v2)  \
	X(cuMemGetAddressRange_v2) X(cuMemGetInfo_v2) X(cuMemcpy) X(cuMemcpyAsync) X(cuMemcpyDtoDAsync_v2) X(cuMemcpyDtoD_v2) X(cuMemcpyDtoHAsync_v2)       \
	X(cuMemcpyDtoH_v2) X(cuMemcpyHtoDAsync_v2) X(cuMemcpyHtoD_v2) X(cuMemcpyPeer) X(cuMemcpyPeerAsync) X(cuMemsetD32Async) X(cuMemsetD32_v2)            \
	X(cuMemsetD8Async) X(cuMemsetD8_v2) X(cuModuleGetFunction) X(cuModuleLoad) X(cuModuleLoadData) X(cuPointerGetAttribute) X(cuStreamBeginCapture_v2)  \
	X(cuStreamCreate) X(cuStreamDestroy_v2) X(cuStreamEndCapture) X(cuStreamQuery) X(cuStreamSynchronize) X(cuStreamWaitEvent)

// no_device is CUDA_ERROR_NO_DEVICE, not_found CUDA_ERROR_NOT_FOUND: a driver that is too old for a function.
static int no_device(void) { return 100; }
static int not_found(void) { return 500; }

#define X(name) __attribute__((visibility("hidden"))) void *stub_##name = (void *)no_device;
ENTRIES
#undef X

#if defined(__x86_64__)
#define JUMP(name) "\tjmp *stub_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(name) "\tadrp x16, stub_" #name "\n\tldr x16, [x16, #:lo12:stub_" #name "]\n\tbr x16\n"
#else
#error "there is no CUDA driver for this processor"
#endif

#define X(name) __asm__(".text\n\t.globl " #name "\n\t.type " #name ", %function\n" #name ":\n" JUMP(name) "\t.size " #name ", .-" #name "\n");
ENTRIES
#undef X

static const struct {
	const char *name;
	void **at;
} entries[] = {
#define X(name) {#name, &stub_##name},
	ENTRIES
#undef X
};

// stub_load opens the driver; null, or why it cannot be had.
const char *stub_load(void) {
	void *driver = dlopen("libcuda.so.1", RTLD_NOW);
	if (!driver)
		return dlerror();
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		void *at = dlsym(driver, entries[i].name);
		*entries[i].at = at ? at : (void *)not_found;
	}
	return NULL;
}
