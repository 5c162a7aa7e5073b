// Package cpu is the engine's backend for processors: row-parallel Go around the kernels of package simd.
//
// A [Backend] keeps one pool of workers that all of its callers share, and may be used by many goroutines at once. Every row of
// a result has the same bits whatever the number of threads, the batch it rides in, or its place there: work is split
// by rows and column panels, never along a sum.
//
// On processors with AMX, products with weights split each float32 into three bfloat16, which loses nothing that float32 keeps, and run on tiles, about
// twice as fast as multiply-adds; kernel set avx512 does without. What tiles would be mostly filling for, and numbers that the parts do not hold, go the usual way.
//
// With [Options].Precision [Int8], Linear and FFNUp multiply weights in 8 bits (a scale for each output channel, and for each row of
// activations), unless a side of the matrix is narrower than a vector or two; with [BF16] they round both operands to bfloat16. Both are for inference: fast
// with AMX, int8 with AVX-512 VNNI too, and slower than float32 without. Layer norms and gradients are float32, and so are attention and GELU but for [BF16] on AMX,
// where attention multiplies bfloat16 on tiles, and its softmax and GELU have a bfloat16's precision. These products with weights have the same bits on every kernel set.
//
// A forward in [BF16] on AMX keeps activations in bfloat16 between ops ([Backend.Activations]); products then bias, add, apply GELU and round in their tiles' shadow.
//
// Buffers of weights keep, beside the plain matrix, the packed forms that products read. They are made on first use and dropped when
// the buffer is written.
package cpu
