package cpu

import "testing"

// Chunks cover all panels, each once, and the last ones are short.
func TestShares(t *testing.T) {
	for _, threads := range []int{2, 3, 16} {
		for _, panels := range []int{1, 2, 7, 24, 96, 1571} {
			edges := shares(nil, panels, threads)
			n := len(edges) - 1
			if edges[0] != 0 || int(edges[n]) != panels {
				t.Errorf("%d panels, %d threads: %v", panels, threads, edges)
			}
			for i := range n {
				if size := edges[i+1] - edges[i]; size <= 0 || i > n-threads && size != 1 {
					t.Errorf("%d panels, %d threads: chunk %d of %v", panels, threads, i, edges)
				}
			}
		}
	}
}
