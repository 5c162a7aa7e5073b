package dataset

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The first draws are pinned: every result of every step depends on them, so a change must be seen.
func TestStreamGolden(t *testing.T) {
	if diff := cmp.Diff([]int{838, 2274, 4042, 3560, 1299, 3917, 2053, 4711}, Shuffle(6920, 1, 0)[:8]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{2640, 2511, 2470, 4633, 535, 2849, 4030, 6848}, Shuffle(6920, 1, 1)[:8]); diff != "" {
		t.Error(diff)
	}
	if got := Stream(42, "init/prompt", 3).Uint64(); got != 5229781176250154384 {
		t.Errorf("first word %d", got)
	}
}

// A name or a number more is another stream, and so is the same letters cut elsewhere.
func TestStreamKeys(t *testing.T) {
	seen := map[uint64]string{}
	for what, v := range map[string]uint64{
		"seed 1": Stream(1, "a").Uint64(), "seed 2": Stream(2, "a").Uint64(), "b": Stream(1, "b").Uint64(), "a 0": Stream(1, "a", 0).Uint64(),
		"a 0 0": Stream(1, "a", 0, 0).Uint64(), "a 0 1": Stream(1, "a", 0, 1).Uint64(), "empty": Stream(1, "").Uint64(), "nul": Stream(1, "a\x00").Uint64(),
		"bytes": Stream(1, "a\x00\x00\x00\x00\x00\x00\x00\x00").Uint64(),
	} {
		if other, twice := seen[v]; twice {
			t.Errorf("%s and %s start alike", what, other)
		}
		seen[v] = what
	}
}

func TestShuffleAndBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.IntRange(0, 300).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "size")
		seed, epoch := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 9).Draw(t, "epoch")
		order := Shuffle(n, seed, epoch)
		batches := Batches(order, size)
		if want := (n + size - 1) / size; len(batches) != want {
			t.Fatalf("%d batches, want %d", len(batches), want)
		}
		var all []int
		for i, b := range batches {
			if len(b) != size && i != len(batches)-1 || len(b) == 0 {
				t.Fatalf("batch %d of %d has %d examples", i, len(batches), len(b))
			}
			all = append(all, b...)
		}
		if !slices.Equal(all, order) || !slices.Equal(order, Shuffle(n, seed, epoch)) {
			t.Fatal("batches are not the order, or the order does not repeat")
		}
		slices.Sort(all)
		for i, v := range all {
			if v != i {
				t.Fatalf("not a permutation: %v", order)
			}
		}
	})
}
