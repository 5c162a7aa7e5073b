package dataset

import "fmt"

// A UsageError is a wrong call: an unknown task, options that contradict each other. Commands exit with status 2 on it,
// where data that cannot be read exits with 1. Its text is one line and says what to do.
type UsageError struct{ Msg string }

func (e *UsageError) Error() string { return e.Msg }

// Usagef formats a [*UsageError].
func Usagef(format string, args ...any) error {
	return &UsageError{Msg: fmt.Sprintf(format, args...)}
}

// Usage marks the type for programs, which exit with the status of a wrong call.
func (e *UsageError) Usage() bool { return true }
