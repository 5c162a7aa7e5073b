// Package countdown interrupts, in tests, at an exact place.
package countdown

import (
	"context"
	"sync/atomic"
)

// Context is a context that is cancelled when it is asked for the time after the n-th: an interrupt at each place at which a run looks for one, if a test counts n up.
// Done is its parent's: what waits there is not interrupted.
type Context struct {
	context.Context
	left atomic.Int64
}

// After returns a context that is asked n times in vain.
func After(ctx context.Context, n int) *Context {
	c := &Context{Context: ctx}
	c.left.Store(int64(n))
	return c
}

// Err counts.
func (c *Context) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return c.Context.Err()
}

// Left is how often it may be asked before it is cancelled.
func (c *Context) Left() int { return int(c.left.Load()) }
