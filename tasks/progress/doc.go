// Package progress is how long work tells whoever started it how far it has come. The steps of package tasks take a [Progress]; a program gives
// them a bar, a log or [Discard].
package progress
