// Package autograd records operations of engine's op table on a tape and runs them backwards, and updates parameters with Adam under a linear
// schedule and a clipped gradient norm. It knows nothing of the model: parameters are engine Values whose Needs is set.
//
// Nothing is recorded for operations that no trained parameter feeds, so the backward pass stops where nothing trains, and frozen
// weights get no gradient.
package autograd
