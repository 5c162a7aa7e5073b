// SPDX-License-Identifier: GPL-3.0-or-later
//
// cp.async and ldmatrix. A copy arrives when its thread waits for it, and not before: until then its place in shared memory can be neither read nor written.
#pragma once

#include <vector>

#include "grid.h"

namespace emu {

// copy_async begins to bring 16 bytes from memory to element at of shared memory.
template <class T, int N> static void copy_async(Shared<T, N> &to, int at, const void *from) {
	if (size_t(at) * sizeof(T) % 16 || uintptr_t(from) % 16)
		fail("a copy of 16 bytes from %p to element %d is not aligned", from, at);
	unsigned char *flying = to.place_of(at);
	to.check(at + to.chunk - 1);
	if (*flying)
		fail("a copy to element %d, where another one has not arrived", at);
	*flying = 1;
	Copies &c = copies[current];
	c.list.push_back({&to.data[at], from, flying, &to.flights, c.groups});
	to.flights++;
}

static void close_copies() { copies[current].groups++; }

// wait_copies lets all groups but the last few arrive.
static void wait_copies(int but) {
	Copies &c = copies[current];
	size_t n = 0;
	for (const Copy &x : c.list)
		if (x.group + but >= c.groups)
			c.list[n++] = x;
		else {
			memcpy(x.to, x.from, 16);
			*x.flying = 0;
			--*x.flights;
		}
	c.list.resize(n);
}

struct MatrixRow {
	unsigned words[4];
	int bank; // of eight, of 16 bytes each
};

// load_matrices is ldmatrix.x4: lane l names row l%8 of matrix l/8, of 16 bytes, and receives word l%4 of row l/4 of each.
template <int N> static void load_matrices(unsigned *r, Shared<unsigned, N> &from, int at, int site) {
	if (at % 4)
		fail("a matrix has a row at element %d, which is not aligned", at);
	MatrixRow own = {{from[at], from[at + 1], from[at + 2], from[at + 3]}, at / 4 % 8};
	unsigned turn = deposit(own, site);
	int lane = current % warp_size;
	for (int i = 0; i < 4; i++) {
		unsigned banks = 0;
		for (int k = 0; k < 8; k++)
			banks |= 1u << peek<MatrixRow>(turn, 8 * i + k)->bank;
		if (banks != 0xff)
			fail("the rows of a matrix meet in a bank");
		r[i] = peek<MatrixRow>(turn, 8 * i + lane / 4)->words[lane % 4];
	}
}

} // namespace emu
