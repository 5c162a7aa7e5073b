package amount_test

import (
	"testing"

	"github.com/skillneuron/skillneuron/internal/amount"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		n          int
		noun, want string
	}{
		{0, "row", "0 rows"}, {1, "row", "1 row"}, {2, "row", "2 rows"}, {1, "class", "1 class"}, {3, "class", "3 classes"},
		{999, "step", "999 steps"}, {1000, "step", "1,000 steps"}, {1234567, "token id", "1,234,567 token ids"}, {-1, "row", "-1 rows"}, {-12345, "row", "-12,345 rows"},
	} {
		if got := amount.Of(c.n, c.noun); got != c.want {
			t.Errorf("%d of %q: %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}
