// SPDX-License-Identifier: GPL-3.0-or-later

// move is dst[i] = src[j], converted through float32 where the types differ.
__device__ void move(void *dst, int dst_type, size_t i, const void *src, int src_type, size_t j) {
	if (dst_type != src_type)
		store(dst, dst_type, i, load(src, src_type, j));
	else if (dst_type == f32)
		static_cast<unsigned *>(dst)[i] = static_cast<const unsigned *>(src)[j];
	else if (dst_type == int64)
		static_cast<i64 *>(dst)[i] = static_cast<const i64 *>(src)[j];
	else
		static_cast<unsigned short *>(dst)[i] = static_cast<const unsigned short *>(src)[j];
}

KERNEL(256) memory_convert(void *dst, int dst_type, const void *src, int src_type, Count n) {
	EACH(i, n) move(dst, dst_type, i, src, src_type, i);
}

KERNEL(256) memory_fill(void *dst, int type, float x, Count n) {
	EACH(i, n) store(dst, type, i, x);
}

// memory_gather is dst[i] = src[rows[i]] for n elements in rows of cols.
KERNEL(256) memory_gather(void *dst, int dst_type, const void *src, int src_type, const int *rows, int cols, Count n) {
	EACH(i, n) move(dst, dst_type, i, src, src_type, size_t(rows[i / cols]) * cols + i % cols);
}

// memory_gather_cols is dst[:, j] = src[:, cols[j]] for n elements in rows of width.
KERNEL(256) memory_gather_cols(void *dst, int dst_type, const void *src, int src_type, const int *cols, int width, int src_width, Count n) {
	EACH(i, n) move(dst, dst_type, i, src, src_type, i / width * src_width + cols[i % width]);
}
