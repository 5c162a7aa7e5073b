package cli

import (
	"sort"
	"strings"
)

// Near returns up to three of names that a person who typed got may have meant, the closest first: few edits away, or sharing a beginning.
func Near(got string, names []string) []string {
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "_")) }
	g := fold(got)
	type scored struct {
		name string
		d    int
	}
	var near []scored
	for _, name := range names {
		n := fold(name)
		d := edits(g, n)
		limit := max(1, min(len(g), len(n))/3)
		begins := len(g) >= 3 && len(n) >= 3 && (strings.HasPrefix(n, g) || strings.HasPrefix(g, n))
		if d <= limit || begins {
			near = append(near, scored{name, d})
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].d < near[j].d })
	var out []string
	for i := range near[:min(3, len(near))] {
		out = append(out, near[i].name)
	}
	return out
}

// edits is the number of insertions, deletions, substitutions and swaps of neighbours that turn a into b.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}
