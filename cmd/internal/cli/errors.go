package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Exit statuses of every binary.
const (
	StatusOK          = 0
	StatusFailed      = 1   // the run failed
	StatusUsage       = 2   // the call was wrong
	StatusInterrupted = 130 // SIGINT or SIGTERM ended it
)

// ErrDone is what [Flags.Parse] returns when --help or --version has answered the call. [Main] exits with 0 on it.
var ErrDone = errors.New("cli: answered")

// UsageError says that the call was wrong: a flag, an argument, a combination of them.
type UsageError struct{ Msg string }

func (e *UsageError) Error() string { return e.Msg }

// Usage marks the error as a wrong call.
func (e *UsageError) Usage() bool { return true }

// Usagef makes a [UsageError].
func Usagef(format string, args ...any) error {
	return &UsageError{Msg: fmt.Sprintf(format, args...)}
}

// status is the exit status for what a run returned; interrupted says that a signal had arrived.
func status(err error, interrupted bool) int {
	var u interface{ Usage() bool }
	switch {
	case err == nil || errors.Is(err, ErrDone):
		return StatusOK
	case interrupted && errors.Is(err, context.Canceled):
		return StatusInterrupted
	case errors.As(err, &u) && u.Usage():
		return StatusUsage
	}
	return StatusFailed
}

// oneLine folds an error's text into one line: errors.Join and others write several.
func oneLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	kept := lines[:0]
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "; ")
}
