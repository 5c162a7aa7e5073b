// Package amount prints how many things there are.
package amount

import (
	"strconv"
	"strings"
)

// Commas prints a whole number with commas between thousands.
func Commas(n int) string {
	s, sign := strconv.Itoa(n), ""
	if n < 0 {
		s, sign = s[1:], "-"
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Of prints n with its noun, given in the singular: 1 row, 1,200 rows, 3 classes.
func Of(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "s"):
		noun += "es"
	default:
		noun += "s"
	}
	return Commas(n) + " " + noun
}
