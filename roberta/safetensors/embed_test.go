package safetensors

import (
	"embed"
	"os"
	"path/filepath"
	"testing"
)

//go:embed doc.go
var embedded embed.FS

// An embedded model is read where it lies in the program, not copied; one in a directory is mapped.
func TestNoCopies(t *testing.T) {
	f, err := embedded.Open("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	src, err := openSource(f)
	if err != nil || src.data != nil || src.at == nil {
		t.Errorf("embedded: %v, %d bytes in memory", err, len(src.data))
	}
	m, err := OpenFS(os.DirFS(goldens), "mixed.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if canMap(t) != m.src.mapped {
		t.Errorf("mapped: %v", m.src.mapped)
	}
}

// canMap tells whether this system maps files.
func canMap(t *testing.T) bool {
	f, err := os.Open(filepath.Join(goldens, "mixed.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, unmap, err := mapFile(f, 8)
	if err != nil {
		return false
	}
	return unmap() == nil
}

func BenchmarkModel(b *testing.B) {
	for b.Loop() {
		m, err := OpenModel("../../testdata/mini")
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, name := range m.Names() {
			x, err := m.Float32s(name)
			if err != nil {
				b.Fatal(err)
			}
			n += 4 * len(x)
		}
		b.SetBytes(int64(n))
		m.Close()
	}
}
