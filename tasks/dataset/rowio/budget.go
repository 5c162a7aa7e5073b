package rowio

import (
	"fmt"
	"io"
)

// A budget is what is left of the bytes that a split may unpack to.
type budget struct{ max, left int64 }

func newBudget(limit int64) *budget { return &budget{limit, limit} }

// take spends n bytes.
func (b *budget) take(n int64) error {
	if b.left -= n; b.left < 0 || n < 0 {
		b.left = -1
		return b.tooLarge()
	}
	return nil
}

func (b *budget) tooLarge() error {
	return &FileError{Problem: fmt.Sprintf("unpacks to more than %d bytes", b.max), Remedy: "raise --max_bytes if it is meant to be that large"}
}

// capped fails where io.LimitReader would pretend that the input ends.
type capped struct {
	r io.Reader
	b *budget
}

func (c capped) Read(p []byte) (int, error) {
	if c.b.left < 0 {
		return 0, c.b.tooLarge()
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.b.left+1)])
	if spent := c.b.take(int64(n)); spent != nil {
		return n - 1, spent
	}
	return n, err
}
