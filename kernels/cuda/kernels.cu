// SPDX-License-Identifier: GPL-3.0-or-later
//
// All kernels: the one file that nvcc, and for the emulated device the C++ compiler, is given.
#include "device.cuh"
#include "async.cuh"
#include "packed.cuh"
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define HOPPER
#endif

#include "pointwise.cu"
#include "memory.cu"
#include "scatter.cu"
#include "tap.cuh"
#include "epilogue.cuh"
#include "product.cu"
#include "pack.cu"
#include "tensor.cu"
#ifdef HOPPER
#include "wgmma.cuh"
#include "wgmma.cu"
#endif
#include "layernorm.cu"
#include "embed.cu"
#include "attention.cu"
#include "attentiongrad.cu"
#include "dropout.cu"
#include "ffngrad.cu"
#include "join.cu"
#include "loss.cu"
#include "adam.cu"
#include "tap.cu"
