// Package simd holds single-threaded float32 kernels: matrix product, also in 16 and 8 bits, GELU, softmax, layer normalisation and vector arithmetic.
//
// They come in kernel sets, chosen at run time: "amx" (AVX-512 with AMX tiles for products), "avx512" and "avx2" (with FMA) on amd64, "neon" on arm64, and "go",
// the pure Go reference, which is the only one on other processors and with -tags noasm. [Sets] lists what this machine has, [Lookup] finds one by name.
//
// # Same bits
//
// Within one set, the value of an output element depends on the numbers that enter it and on nothing else. An element of [Set.Gemm] is a
// function of its row of A, its column of B, its bias, its residual and K: every K is walked in blocks of [KC], each block a chain of multiply-adds from zero in
// rising k, the blocks added in rising order. M, N, the element's place in the matrix, alignment, and the way a caller splits rows or
// columns over goroutines change nothing. Elementwise kernels treat the tail of a vector with masks and the same arithmetic. Reductions of a
// row ([Set.Softmax], [Set.LayerNorm], [Set.Dot], [Set.Sum]) have an order that depends on the row's length alone.
//
// [Set.Int8Gemm] and [Set.Int8Quantise] give the same bits in every set: their sums are exact. So do [Set.BFloat16Gemm], [Set.PartsGemm] and [Set.TwoPartsGemm], whose Go
// reference rounds where AMX does; a row's sums depend on the row, the column and K alone there too, with blocks of [BFloat16KC].
//
// NaN and Inf propagate as IEEE 754 has it; nothing skips a product with zero. In a product of 8 bits, which has neither, they make their row, or their
// column, NaN.
//
// # Threads
//
// A Set is immutable and safe for concurrent use. Nothing here starts a goroutine: callers split the rows of C, or whole panels of
// columns, between theirs.
//
// Lengths that do not fit panic with a [*ShapeError]; they are mistakes of the calling program.
package simd

//go:generate go run ./gen
