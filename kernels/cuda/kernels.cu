// SPDX-License-Identifier: GPL-3.0-or-later
//
// All kernels: the one file that nvcc, and for the emulated device the C++ compiler, is given.
#include "device.cuh"

#include "pointwise.cu"
#include "memory.cu"
#include "scatter.cu"
#include "product.cu"
#include "tensor.cu"
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
