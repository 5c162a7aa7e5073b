package safetensors

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/skillneuron/skillneuron/internal/errtest"
)

func sample(t *testing.T) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.safetensors")
	err := Write(path, []Tensor{
		{Name: "w", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "n", Shape: []int{2}, Data: []int64{1, 2}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWrongNameShapeType(t *testing.T) {
	f := sample(t)
	_, err := f.Float32s("v", 2, 3)
	errtest.Says(t, err, f.name, `no tensor "v"`)
	for _, shape := range [][]int{{3, 2}, {6}, {2, 3, 1}, {-1}, {2, -1, -1}} {
		_, err = f.Float32s("w", shape...)
		errtest.Says(t, err, f.name, `tensor "w"`, "[2 3]", "want")
	}
	_, err = f.Float32s("n", 2)
	errtest.Says(t, err, f.name, `tensor "n"`, "I64")
	errtest.Says(t, f.ReadInto(make([]float32, 2), "n"), "I64")
	errtest.Says(t, f.ReadInto(make([]float32, 5), "w"), `tensor "w"`, "6 elements", "want 5")
	errtest.Says(t, f.ReadInto(nil, "v"), `no tensor "v"`)
	_, err = f.Raw("v")
	errtest.Says(t, err, `no tensor "v"`)
	for _, shape := range [][]int{nil, {2, 3}, {-1, 3}, {2, -1}, {-1, -1}} {
		if x, err := f.Float32s("w", shape...); err != nil || len(x) != 6 || x[5] != 6 {
			t.Errorf("shape %v: %v, %v", shape, x, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := OpenFS(os.DirFS(dir), "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	_, err := Open(dir)
	errtest.Says(t, err, dir, "directory")
}

// A file cut short while it is mapped ends a careless program with a fault; here it is an error, and other tensors stay readable.
func TestCutShortWhileOpen(t *testing.T) {
	if !canMap(t) {
		t.Skip("this system has no memory mapping here: " + runtime.GOOS)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	err := Write(path, []Tensor{
		{Name: "a", Shape: []int{8}, Data: make([]float32, 8)},
		{Name: "b", Shape: []int{1 << 18}, Data: make([]float32, 1<<18)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for way, open := range map[string]func(string) (*File, error){"mapped": Open, "unmapped": openUnmapped} {
		f, err := open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.src.mapped != (way == "mapped") {
			t.Fatalf("%s: mapped is %v", way, f.src.mapped)
		}
		if err := os.Truncate(path, 4096); err != nil {
			t.Fatal(err)
		}
		_, err = f.Float32s("b")
		errtest.Says(t, err, path, `tensor "b"`)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
		if _, err := f.Float32s("a"); err != nil {
			t.Error(err)
		}
		if err := os.Truncate(path, f.src.size); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadAfterClose(t *testing.T) {
	f := sample(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := f.Float32s("w")
	errtest.Says(t, err, `tensor "w"`)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestManyReaders(t *testing.T) {
	for way, f := range ways(t, goldens, "mixed.safetensors") {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for _, name := range []string{"weight", "half", "brain"} {
					if x, err := f.Float32s(name); err != nil || len(x) == 0 {
						t.Errorf("%s: %s: %v", way, name, err)
					}
				}
			})
		}
		wg.Wait()
	}
}

// Pieces meet without a seam: every length around one and two pieces.
func TestLongTensors(t *testing.T) {
	for _, dtype := range []DType{F32, F16, BF16} {
		for _, n := range []int{1, pieceBytes/4 - 1, pieceBytes / 4, pieceBytes/2 - 1, pieceBytes / 2, pieceBytes/2 + 1, pieceBytes + 3} {
			want := make([]float32, n)
			for i := range want {
				want[i] = float32(i%251 - 125) // exact in bfloat16
			}
			path := filepath.Join(t.TempDir(), "l")
			if err := Write(path, []Tensor{{Name: "x", Shape: []int{n}, Data: want, DType: dtype}}, nil); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Float32s("x", n)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s, %d elements: [%d] is %v, want %v", dtype, n, i, got[i], want[i])
				}
			}
		}
	}
}
