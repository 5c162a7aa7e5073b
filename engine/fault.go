package engine

import (
	"errors"
	"fmt"
)

// Fault is the error that a caller's mistake panics with: a wrong shape, an aliased or absent tensor, a freed buffer. It never stems
// from data, files or memory; those return errors. Programs recover it once, at their edge.
type Fault struct {
	Op  string // the operation that was called
	Msg string // what was wrong
}

func (f *Fault) Error() string { return "engine: " + f.Op + ": " + f.Msg }

// CallerBug names the operation; the method marks the type for programs that recover it at their edge.
func (f *Fault) CallerBug() string { return f.Op }

// Must panics with a [*Fault] unless ok. It is the one checker of caller bugs.
func Must(ok bool, op, format string, args ...any) {
	if !ok {
		Fail(op, format, args...)
	}
}

// Fail panics with a [*Fault]. What runs at every step and has numbers to tell checks by itself and calls Fail where it has to: Must takes its arguments
// as interfaces, which are allocated whether it fails or not.
func Fail(op, format string, args ...any) {
	panic(&Fault{Op: op, Msg: fmt.Sprintf(format, args...)})
}

// ErrMemory is what a [Backend]'s error wraps where its memory is full, which a smaller batch may cure.
var ErrMemory = errors.New("out of memory")

// MemoryError says that a backend could not give memory. An [Arena] panics with it, since its callers are deep inside a step; so may a backend's operation,
// which then has done nothing. [Catch] turns it back into an error at the step's edge.
type MemoryError struct {
	Bytes int
	Err   error
}

func (e *MemoryError) Error() string {
	if e.Bytes < 1<<20 {
		return fmt.Sprintf("no memory for %d bytes on the device: %v", e.Bytes, e.Err)
	}
	return fmt.Sprintf("no memory for %d MiB on the device: %v", e.Bytes>>20, e.Err)
}

func (e *MemoryError) Unwrap() error { return e.Err }

// Catch, deferred, stores a panicking [*MemoryError] in *err. Every other panic goes on.
func Catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *MemoryError:
		*err = errors.Join(*err, r)
	default:
		panic(r)
	}
}
