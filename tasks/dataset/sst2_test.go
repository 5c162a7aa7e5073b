package dataset

import (
	"path/filepath"
	"testing"
)

const sst2Dir = "../../testdata/sst2"

func lookup(t testing.TB, name string) Task {
	t.Helper()
	task, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func TestSST2(t *testing.T) {
	d, err := Load(lookup(t, "sst2"), filepath.FromSlash(sst2Dir), 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Rows and labels as `cut -f2 FILE | sort | uniq -c` counts them.
	for _, want := range []struct {
		split    Split
		neg, pos int
	}{{d.Train, 3310, 3610}, {d.Dev, 428, 444}, {d.Test, 912, 909}} {
		got := want.split.Counts(2)
		if got[0] != want.neg || got[1] != want.pos {
			t.Errorf("%s: %v, want [%d %d]", want.split.Name, got, want.neg, want.pos)
		}
	}
	if got := d.Test.Examples[0].Text; got != "no movement , no yuks , not much of anything" {
		t.Errorf("first test row: %q", got)
	}
	if got := d.Dev.Examples[871]; got.ID != 871 || got.Label != 1 {
		t.Errorf("last dev row: %+v", got)
	}
	if d.Rule != "train, dev and test as found" || len(d.Notes) != 0 {
		t.Errorf("rule %q, notes %q", d.Rule, d.Notes)
	}
}
