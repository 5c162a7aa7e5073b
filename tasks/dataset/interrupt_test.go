package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/countdown"
)

// Wherever an interrupt comes, reading ends with it, says nothing wrong of a file, and binarize leaves nothing behind.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	for _, split := range []string{"train", "val", "test"} {
		var texts, labels strings.Builder
		for i := range 900 {
			fmt.Fprintf(&texts, "text %d of %s\n", i, split)
			fmt.Fprintln(&labels, i%3)
		}
		for name, text := range map[string]string{"_text.txt": texts.String(), "_labels.txt": labels.String()} {
			if err := os.WriteFile(filepath.Join(dir, split+name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	task := lookup(t, "tweet_eval")
	for _, format := range []string{"", "jsonl.zst", "parquet"} {
		places := 0
		for n := 0; ; n++ {
			out := t.TempDir()
			_, err := Binarize(countdown.After(t.Context(), n), BinarizeConfig{Task: task, DataPath: dir, Out: out, Seed: 1, Format: format})
			if err == nil {
				break
			}
			places++
			if !errors.Is(err, context.Canceled) || err.Error() != context.Canceled.Error() { // no file is to blame
				t.Fatalf("%s: interrupted at place %d: %v", format, n, err)
			}
			if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
				t.Errorf("%s: interrupted at place %d, it left %v, %v", format, n, entries, err)
			}
		}
		if places < 3*3+6*2 { // three files of 900 rows, six of 600
			t.Errorf("%s: asked %d times", format, places)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LoadContext(ctx, task, dir, 1, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("LoadContext: %v", err)
	}
}
