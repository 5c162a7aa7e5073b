package packtest

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestPackedDir(t *testing.T) {
	dir := PackedDir(t, map[string]string{"a": "plain", "b/c.gz": "in gzip", "b/d.zst": "in zstd"})
	for name, want := range map[string]string{"a": "plain", "b/c.gz": "in gzip", "b/d.zst": "in zstd"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var r io.Reader = f
		switch filepath.Ext(name) {
		case ".gz":
			r, err = gzip.NewReader(f)
		case ".zst":
			r, err = zstd.NewReader(f)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}
