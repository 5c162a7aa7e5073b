// Package packtest makes the files of tests: plain, .gz and .zst.
package packtest

import (
	"bytes"
	"compress/gzip" // the standard library's, so that readers are not checked against the one that they use
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Compress packs content as ext says: .gz, .zst, or anything else for not at all.
func Compress(t testing.TB, ext, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	var z io.WriteCloser
	switch ext {
	case ".gz":
		z = gzip.NewWriter(&b)
	case ".zst":
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		z = w
	default:
		return []byte(content)
	}
	if _, err := io.WriteString(z, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// PackedDir is [Dir] with the files whose names end in .gz or .zst packed.
func PackedDir(t testing.TB, files map[string]string) string {
	t.Helper()
	packed := map[string]string{}
	for name, content := range files {
		packed[name] = string(Compress(t, filepath.Ext(name), content))
	}
	return Dir(t, packed)
}

// Dir makes a directory of files, whose names may hold directories.
func Dir(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
