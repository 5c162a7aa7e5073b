// Package cpu is the engine's backend for processors: row-parallel Go around the kernels of package simd.
//
// A [Backend] keeps one pool of workers that all of its callers share, and may be used by many goroutines at once. Every row of
// a result has the same bits whatever the number of threads, the batch it rides in, or its place there: work is split
// by rows and column panels, never along a sum.
//
// Buffers of weights keep, beside the plain matrix, the packed forms that products read. They are made on first use and dropped when
// the buffer is written.
package cpu
