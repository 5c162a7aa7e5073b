// SPDX-License-Identifier: GPL-3.0-or-later
//
// The emulated device, for Go.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// emu_find is the number of a kernel, or -1; emu_name the name, or null; emu_args how many arguments it takes.
int emu_find(const char *name);
const char *emu_name(int kernel);
int emu_args(int kernel);

// emu_launch runs a grid of (x, y, z) blocks with that many bytes of dynamic shared memory; null, or what the kernel did wrong. One at a time. falling:
// threads run in falling order.
const char *emu_launch(int kernel, unsigned x, unsigned y, unsigned z, int threads, size_t shared, const uint64_t *args, int falling);

// emu_alloc gives zeroed memory, or null.
void *emu_alloc(size_t bytes);
void emu_free(void *at, size_t bytes);

#ifdef __cplusplus
}
#endif
