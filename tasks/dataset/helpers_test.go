package dataset

import "testing"

func load(t testing.TB, task, dir string, opt Options) *Data {
	t.Helper()
	d, err := Load(lookup(t, task), dir, 1, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
