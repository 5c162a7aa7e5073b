// Package engine holds what every device and every model share: tensors, arenas, the [Backend] interface that a device
// implements, the table of differentiable operations (forward, backward and float64 reference side by side), and the
// operations on feed-forward neurons that this project exists for: taps, edits and pruning.
//
// Notation, used throughout: R rows of a ragged batch (all rows of all sentences, no padding), S sentences, H hidden
// size, F width of the feed-forward hidden layer, L layers, P prompt rows, V vocabulary, C classes. Tensors are
// matrices [rows, cols], row-major and contiguous; a vector of n elements is [1, n].
//
// The package does no arithmetic of its own beyond references: it says what is computed, a Backend computes it.
package engine
