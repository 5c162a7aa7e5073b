// SPDX-License-Identifier: GPL-3.0-or-later
//
// CUDA's header, as mumax's bindings expect it: from CUDA 13 on, cuCtxCreate is a function of four arguments, and they call the one of three.
#pragma once
#include_next <cuda.h>

#if CUDA_VERSION >= 13000
#undef cuCtxCreate
#ifdef __cplusplus
extern "C"
#endif
CUresult CUDAAPI cuCtxCreate_v2(CUcontext *context, unsigned int flags, CUdevice device);
#define cuCtxCreate cuCtxCreate_v2
#endif
