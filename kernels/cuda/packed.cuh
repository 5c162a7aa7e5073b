// SPDX-License-Identifier: GPL-3.0-or-later
//
// A packed matrix is what the products on tensor cores read: its numbers rounded to their precision, in words of 32 bits, and cut into tiles of 128 rows by 32
// words (128 bytes), of which each stands in one piece, those of the same rows behind each other. A row's words beyond the matrix are zero, rows beyond it
// anything: they reach no other row. Within a tile the eight chunks of 16 bytes of row r are interchanged, chunk c standing at c ^ r%8, so that whoever reads
// one chunk of eight rows meets all banks of shared memory; the card's own name for it is the swizzle of 128 bytes.
#pragma once

const int pack_rows = 128, pack_words = 32, pack_tile = pack_rows * pack_words;

// spot is where chunk c of row r begins in rows of WIDTH words, 32 or 16, whose chunks are interchanged so.
template <int WIDTH> __device__ int spot(int r, int c) { return r * WIDTH + (c ^ r * WIDTH / 32 % (WIDTH / 4)) * 4; }

// packed_at is where word w of row r stands in a packed matrix of that many tiles a row.
__device__ size_t packed_at(int r, int w, int tiles) {
	return (size_t(r / pack_rows) * tiles + w / pack_words) * pack_tile + spot<pack_words>(r % pack_rows, w % pack_words / 4) + w % 4;
}

struct Tf32 {
	static const int each = 1; // numbers in a word
	__device__ static unsigned pack(const float *x) {
#ifdef __CUDACC__
		unsigned u;
		asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(u) : "f"(x[0]));
		return u;
#else
		unsigned u = __float_as_uint(x[0]);
		return (u & 0x7f800000) == 0x7f800000 ? u : (u + 0x1000) & ~0x1fffu;
#endif
	}
	__device__ static void mma(float *d, const unsigned *a, const unsigned *b) {
#ifdef __CUDACC__
		asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
		             : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
		             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
		emu::mma(d, a, b, __LINE__, dot);
#endif
	}
	// dot adds the product of two words to a sum.
	__device__ static float dot(float sum, unsigned x, unsigned y) { return fmaf(__uint_as_float(x), __uint_as_float(y), sum); }
};

struct Bf16 {
	static const int each = 2;
	__device__ static unsigned pack(const float *x) {
#ifdef __CUDACC__
		unsigned u;
		asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(u) : "f"(x[1]), "f"(x[0]));
		return u;
#else
		return narrow_bf16(x[0]) | narrow_bf16(x[1]) << 16;
#endif
	}
	__device__ static void mma(float *d, const unsigned *a, const unsigned *b) {
#ifdef __CUDACC__
		asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
		             : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
		             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
		emu::mma(d, a, b, __LINE__, dot);
#endif
	}
	__device__ static float dot(float sum, unsigned x, unsigned y) {
		sum = fmaf(__uint_as_float(x << 16), __uint_as_float(y << 16), sum);
		return fmaf(__uint_as_float(x & 0xffff0000), __uint_as_float(y & 0xffff0000), sum);
	}
};

// Packed is a packed matrix that a kernel writes beside its float32 destination: each is the numbers in a word, and 0 where there is none.
struct Packed {
	unsigned *words;
	int each, tiles;

	// columns is that of the padded matrix.
	__device__ int columns() const { return tiles * pack_words * each; }

	// put writes column c of row r, of which the warp's lanes hold neighbours, an even one first. All lanes of the warp take part; inside: the row exists.
	__device__ void put(int r, int c, float v, bool inside) const {
		if (each == 0)
			return;
		if (each == 1) {
			if (inside)
				words[packed_at(r, c, tiles)] = Tf32::pack(&v);
			return;
		}
		float pair[2] = {v, __shfl_xor_sync(all_lanes, v, 1)};
		if (inside && c % 2 == 0)
			words[packed_at(r, c / 2, tiles)] = Bf16::pack(pair);
	}
};
