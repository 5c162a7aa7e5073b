package dataset

import (
	"bytes"
	stdgzip "compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// dirOf makes a directory with the given files; names that end in .gz or .zst are compressed.
func dirOf(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), compress(t, filepath.Ext(name), content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// compress uses the standard library's gzip, so that the reader is not checked against its own library.
func compress(t testing.TB, ext, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	switch ext {
	case ".gz":
		z := stdgzip.NewWriter(&b)
		if _, err := z.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	case ".zst":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	default:
		b.WriteString(content)
	}
	return b.Bytes()
}

func load(t testing.TB, task, dir string, opt Options) *Data {
	t.Helper()
	d, err := Load(lookup(t, task), dir, 1, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
