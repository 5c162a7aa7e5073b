package dataset

import (
	"slices"
	"strings"
)

// nearest returns at most three of names that a reader could have meant by name, the closest first.
func nearest(name string, names []string) []string {
	type match struct {
		name string
		dist int
	}
	fold := func(s string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	}
	var near []match
	for _, n := range names {
		d := editDistance(fold(name), fold(n))
		switch {
		case d <= max(1, len(fold(n))/3):
			near = append(near, match{n, d})
		case len(fold(name)) >= 3 && strings.HasPrefix(fold(n), fold(name)):
			near = append(near, match{n, len(n)})
		}
	}
	slices.SortStableFunc(near, func(a, b match) int { return a.dist - b.dist })
	var out []string
	for _, m := range near[:min(3, len(near))] {
		out = append(out, m.name)
	}
	return out
}

// editDistance is the optimal string alignment distance in bytes: insertions, deletions, substitutions and swaps of
// neighbours cost one each.
func editDistance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
