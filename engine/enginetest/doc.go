// Package enginetest is the compliance suite of engine.Backend: a device is right when [Run] passes on it.
//
// Every row of engine.Ops is compared with its float64 reference, and its gradients with central differences of that reference, at shapes
// around every tile size. What has no row (memory, the optimiser, taps, pruning) is compared with straightforward Go. [SameBits] holds several
// backends, such as one kernel set with different numbers of threads, to identical results, alone and in batches.
package enginetest
