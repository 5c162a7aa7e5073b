package dataset

import "github.com/skillneuron/skillneuron/tasks/dataset/rowio"

// A FileError is something wrong in a data file: where it is, what it is, and what to do about it, in one line.
type FileError = rowio.FileError

// A UsageError is a wrong call: an unknown task, options that contradict each other. Commands exit with status 2 on it,
// where data that cannot be read exits with 1. Its text is one line and says what to do.
type UsageError = rowio.UsageError

// Usagef formats a [*UsageError].
func Usagef(format string, args ...any) error { return rowio.Usagef(format, args...) }

func quote(s string) string { return rowio.Quote(s) }
