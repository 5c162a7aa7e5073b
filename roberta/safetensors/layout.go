package safetensors

import (
	"cmp"
	"fmt"
	"slices"
)

// checkLayout sorts tensors by their place and makes sure that they fill the data part, size bytes, without overlap or hole.
func checkLayout(tensors []Info, size int64) error {
	slices.SortFunc(tensors, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.Name, b.Name))
	})
	before := Info{}
	for _, t := range tensors {
		switch {
		case t.end > size:
			return fmt.Errorf("tensor %q ends at byte %d of the data, the file holds %d: truncated?", t.Name, t.end, size)
		case t.begin < before.end:
			return fmt.Errorf("tensor %q begins at byte %d of the data, inside tensor %q, which ends at %d", t.Name, t.begin, before.Name, before.end)
		case t.begin > before.end:
			return fmt.Errorf("tensor %q begins at byte %d of the data, %d bytes before it belong to no tensor", t.Name, t.begin, t.begin-before.end)
		}
		before = t
	}
	if before.end < size {
		return fmt.Errorf("%d bytes behind the last tensor belong to no tensor", size-before.end)
	}
	return nil
}
