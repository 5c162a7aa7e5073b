package rowio

import (
	"errors"
	"path/filepath"
	"testing"
)

// What yield returns comes back as it is: it says nothing about the file.
func TestStop(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(goldens, "*"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, dir := range folders {
		sources, err := Find(dir)
		if err != nil {
			continue // the expected rows
		}
		for _, s := range sources {
			seen[s.format.name] = true
			stop := errors.New("stop")
			rows := 0
			err := s.Read(1<<30, func(Row) error {
				if rows++; rows == 2 {
					return stop
				}
				return nil
			})
			if err != stop || rows != 2 {
				t.Errorf("%s: %v after %d rows", s.Path, err, rows)
			}
		}
	}
	for _, name := range Formats() {
		if !seen[name] {
			t.Errorf("no golden of %s", name)
		}
	}
}
