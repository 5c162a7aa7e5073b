package countdown_test

import (
	"context"
	"fmt"

	"github.com/skillneuron/skillneuron/internal/countdown"
)

// Work that is interrupted wherever it looks.
func Example() {
	work := func(ctx context.Context) error {
		for range 2 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	}
	for n := range 3 {
		fmt.Println(n, work(countdown.After(context.Background(), n)))
	}
	// Output:
	// 0 context canceled
	// 1 context canceled
	// 2 <nil>
}
