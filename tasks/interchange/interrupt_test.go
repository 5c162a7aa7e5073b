package interchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skillneuron/skillneuron/internal/countdown"
	"github.com/skillneuron/skillneuron/roberta"
)

// contents are all files below dir, and directories as such.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			all[path] = "a directory"
			return nil
		}
		data, err := os.ReadFile(path)
		all[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Wherever an interrupt comes, a conversion ends with it, says nothing wrong of a file, and leaves everything as it was: nothing, or what an earlier one made.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	tiny := backbones(t)["tiny"]
	for _, v := range variants {
		v.make(t, filepath.Join(dir, v.dirName()), tiny)
	}
	for as, of := range map[string]string{"huggingface": "pruned-prompt", "peft": "prompt", "adapterhub": "adapter"} {
		convert(t, filepath.Join(dir, of), filepath.Join(dir, as), as)
	}
	convert(t, filepath.Join(dir, "prompt", roberta.TunedFile), filepath.Join(dir, "part"), "torch")
	for _, c := range []struct {
		from, as string
		places   int // at least
	}{
		{"prompt", "huggingface", 6}, {"bias", "huggingface", 6}, {"pruned-prompt", "huggingface", 6}, {"prompt", "peft", 3}, {"adapter", "adapterhub", 3}, {"prompt", "torch", 3},
		{"prompt/" + roberta.TunedFile, "torch", 2}, {"pruned-prompt/" + roberta.TunedFile, "torch", 2}, {"huggingface", "ours", 20}, {"peft", "ours", 4}, {"adapterhub", "ours", 4},
		{"part", "ours", 2}, {"", "ours", 8}, // the original's run
	} {
		from := filepath.Join(dir, c.from)
		if c.from == "" {
			from = "testdata/original"
		}
		out := t.TempDir()
		cfg := Config{From: from, To: filepath.Join(out, "to"), As: c.as}
		if c.as == "ours" {
			cfg.Backbone, cfg.Task = tiny, "sst2"
		}
		for _, was := range []string{"nothing was there", "an earlier one was there"} {
			before := contents(t, out)
			places := 0
			for n := 0; ; n++ {
				_, err := Convert(countdown.After(t.Context(), n), cfg)
				if err == nil {
					break
				}
				places++
				if !errors.Is(err, context.Canceled) || err.Error() != context.Canceled.Error() { // no file is to blame
					t.Fatalf("%s as %s, %s, interrupted at place %d: %v", c.from, c.as, was, n, err)
				}
				if diff := cmp.Diff(before, contents(t, out)); diff != "" {
					t.Fatalf("%s as %s, %s, interrupted at place %d, it left:\n%.2000s", c.from, c.as, was, n, diff)
				}
			}
			if places < c.places {
				t.Errorf("%s as %s asks %d times whether it is wanted", c.from, c.as, places)
			}
		}
	}
}
