package safetensors

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine/half"
)

const goldens = "../../testdata/golden/interchange/"

func inf() float32 { return float32(math.Inf(1)) }

// mixed is what testdata/golden/interchange.py wrote with Python's library.
func mixed() []Tensor {
	return []Tensor{
		{Name: "weight", Shape: []int{2, 3}, Data: []float32{0.1, -2.5, 3e38, 1e-45, inf(), float32(math.Copysign(0, -1))}},
		{Name: "half", Shape: []int{5}, Data: []float32{0, 1.0 / 3, -65504, 6e-8, inf()}, DType: F16},
		{Name: "brain", Shape: []int{2, 2}, DType: BF16,
			Data: []float32{1, -2.5, half.FromBF16(uint16(math.Float32bits(3e38) >> 16)), half.FromBF16(uint16(math.Float32bits(1e-40) >> 16))}},
		{Name: "ids", Shape: []int{2, 2}, Data: []int64{0, -1, 1 << 62, math.MinInt64}},
		{Name: "scalar", Data: []float64{0.1}},
		{Name: "empty", Shape: []int{0, 3}, Data: []float32{}},
		{Name: "mask", Shape: []int{3}, Data: []bool{true, false, true}},
		{Name: "bytes", Shape: []int{3}, Data: []uint8{0, 127, 255}},
		{Name: `näme "quoted" <&>`, Shape: []int{1}, Data: []int32{-7}},
	}
}

var note = map[string]string{"note": "a \"<note>\"\n"}

func TestWritesTheBytesThatPythonWrites(t *testing.T) {
	for name, c := range map[string]struct {
		tensors  []Tensor
		metadata map[string]string
	}{"mixed": {mixed(), note}, "none": {}} {
		want, err := os.ReadFile(goldens + name + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(c.tensors) // the order of the arguments does not matter
		path := filepath.Join(t.TempDir(), "x")
		if err := Write(path, c.tensors, c.metadata); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: wrote\n%q\nPython\n%q", name, got, want)
		}
		// For `interchange.py check DIR`, which has Python read what is written here.
		if dir := os.Getenv("INTERCHANGE_DIR"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".safetensors"), got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// ways opens one file in every way that there is.
func ways(t *testing.T, dir, name string) map[string]*File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*File{}
	for way, open := range map[string]func() (*File, error){
		"Open":           func() (*File, error) { return Open(filepath.Join(dir, name)) },
		"OpenFS dir":     func() (*File, error) { return OpenFS(os.DirFS(dir), name) },
		"OpenFS at":      func() (*File, error) { return OpenFS(memoryFS{data, true}, name) },
		"OpenFS plain":   func() (*File, error) { return OpenFS(memoryFS{data, false}, name) },
		"OpenBytes":      func() (*File, error) { return OpenBytes(name, data) },
		"Open, unmapped": func() (*File, error) { return openUnmapped(filepath.Join(dir, name)) },
	} {
		f, err := open()
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		t.Cleanup(func() { f.Close() })
		files[way] = f
	}
	return files
}

func TestReadsWhatPythonWrote(t *testing.T) {
	for way, f := range ways(t, goldens, "mixed.safetensors") {
		t.Run(way, func(t *testing.T) {
			if got := f.Metadata(); len(got) != 1 || got["note"] != note["note"] {
				t.Errorf("metadata %q", got)
			}
			want := []string{"ids", "scalar", "empty", "weight", `näme "quoted" <&>`, "brain", "half", "bytes", "mask"}
			if got := f.Names(); !slices.Equal(got, want) {
				t.Errorf("names %q", got)
			}
			for _, c := range mixed() {
				info, ok := f.Info(c.Name)
				if !ok || !slices.Equal(info.Shape, c.Shape) {
					t.Errorf("%s: %v, %v", c.Name, info, ok)
				}
				x, isFloat := c.Data.([]float32)
				if !isFloat {
					continue
				}
				got, err := f.Float32s(c.Name, c.Shape...)
				if err != nil {
					t.Fatal(err)
				}
				into := make([]float32, len(x))
				if err := f.ReadInto(into, c.Name); err != nil {
					t.Fatal(err)
				}
				for i := range x {
					want := x[i]
					if info.DType == F16 {
						want = half.FromF16(half.ToF16(want))
					}
					if math.Float32bits(got[i]) != math.Float32bits(want) || math.Float32bits(into[i]) != math.Float32bits(want) {
						t.Errorf("%s[%d] is %v and %v, want %v", c.Name, i, got[i], into[i], want)
					}
				}
			}
			if raw, err := f.Raw("bytes"); err != nil || !bytes.Equal(raw, []byte{0, 127, 255}) {
				t.Errorf("raw bytes %v, %v", raw, err)
			}
		})
	}
}
