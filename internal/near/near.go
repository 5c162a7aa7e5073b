// Package near offers the names that a person may have meant.
package near

import (
	"slices"
	"strings"
)

// Names returns up to three of names that a person who typed got may have meant, the closest first: few edits away, or one beginning as the other
// does. Case, dashes, underscores and blanks do not count.
func Names(got string, names []string) []string {
	type match struct {
		name string
		away int
	}
	g := fold(got)
	var found []match
	for _, name := range names {
		n := fold(name)
		switch d := edits(g, n); {
		case d <= max(1, min(len(g), len(n))/3):
			found = append(found, match{name, d})
		case len(g) >= 3 && len(n) >= 3 && (strings.HasPrefix(n, g) || strings.HasPrefix(g, n)):
			found = append(found, match{name, len(g) + len(n)}) // behind all that are misspelt
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return a.away - b.away })
	var out []string
	for _, m := range found[:min(3, len(found))] {
		out = append(out, m.name)
	}
	return out
}

// Question asks whether one of those [Names] was meant, each behind prefix: "did you mean --lr or --bz?"; it is empty where there is none.
func Question(got string, names []string, prefix string) string {
	near := Names(got, names)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = prefix + near[i]
	}
	last := near[len(near)-1]
	if rest := near[:len(near)-1]; len(rest) > 0 {
		last = strings.Join(rest, ", ") + " or " + last
	}
	return "did you mean " + last + "?"
}

func fold(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// edits is the number of insertions, deletions, substitutions and swaps of neighbours that turn a into b (optimal string alignment).
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
