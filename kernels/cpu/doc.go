// Package cpu is the engine's backend for processors: row-parallel Go around the kernels of package simd.
//
// A [Backend] keeps one pool of workers that all of its callers share, and may be used by many goroutines at once. Every row of
// a result has the same bits whatever the number of threads, the batch it rides in, or its place there: work is split
// by rows and column panels, never along a sum.
//
// With [Options].Precision [Int8], Linear and FFNUp multiply weights in 8 bits (a scale for each output channel, and for each row of
// activations), unless a side of the matrix is narrower than a vector or two; that is for inference, some three times as fast as float32 with AVX-512 VNNI, and
// slower without. Attention, layer norms, GELU and gradients are float32. Products in 8 bits have the same bits on
// every kernel set.
//
// Buffers of weights keep, beside the plain matrix, the packed forms that products read. They are made on first use and dropped when
// the buffer is written.
package cpu
