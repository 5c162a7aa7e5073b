package dataset

import (
	"errors"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// FuzzLoad runs the whole way from a file to examples: whatever the bytes, either an error of ours or labels in range.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{tsvOf("train", 12), labelsTSV("good bad good bad good bad good bad bad bad"), labelsTSV("1 2 3 1 2 3 1 2 3 1"), "text\tlabel\na\t-1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		dir := packtest.PackedDir(t, map[string]string{"train.tsv": content})
		for _, name := range []string{"sst2", "dbpedia_s", Custom} {
			d, err := Load(lookup(t, name), dir, 1, Options{})
			if err != nil {
				if _, ok := errors.AsType[*FileError](err); !ok || strings.ContainsAny(err.Error(), "\n\r") {
					t.Fatalf("%T: %q", err, err)
				}
				continue
			}
			for _, s := range d.Splits() {
				for _, e := range s.Examples {
					if e.Label < 0 || e.Label >= d.Task.Labels {
						t.Fatalf("%s: %+v of %d labels", name, e, d.Task.Labels)
					}
				}
			}
		}
	})
}
