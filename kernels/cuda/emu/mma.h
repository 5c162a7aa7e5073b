// SPDX-License-Identifier: GPL-3.0-or-later
//
// mma.sync of a 16 × 8 tile over eight words of the inner index, as PTX lays fragments out over a warp: row r and word w of A stand in lane 4·(r mod 8) + w mod 4,
// column c and word w of B in lane 4·c + w mod 4. The order in which the card adds is its own; here it is that of the words.
#pragma once

#include "grid.h"

namespace emu {

struct Fragments {
	unsigned a[4], b[2];
};

// dot adds the product of two words to a sum.
template <class Dot> static void mma(float *d, const unsigned *a, const unsigned *b, int site, Dot dot) {
	Fragments own = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
	unsigned turn = deposit(own, site);
	int lane = current % warp_size;
	for (int i = 0; i < 4; i++) {
		int r = lane / 4 + i / 2 * 8, c = lane % 4 * 2 + i % 2;
		for (int w = 0; w < 8; w++)
			d[i] = dot(d[i], peek<Fragments>(turn, r % 8 * 4 + w % 4)->a[r / 8 + w / 4 * 2], peek<Fragments>(turn, c * 4 + w % 4)->b[w / 4]);
	}
}

} // namespace emu
