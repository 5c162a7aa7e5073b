package npy

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine/half"
)

// The files that NumPy wrote: testdata/golden/interchange.py.
const goldens = "../../testdata/golden/interchange/"

// grid is the script's arrays of shape [2, 3, 4] over 0…23.
func grid[T Element](f func(i int) T) []T {
	x := make([]T, 24)
	for i := range x {
		x[i] = f(i)
	}
	return x
}

func sevenths(i int) float64     { return float64(i) / 7 }
func sevenths32(i int) float32   { return float32(float64(i) / 7) }
func seventhsHalf(i int) float32 { return half.FromF16(half.ToF16(float32(float64(i) / 7))) }
func widened(i int) float64      { return float64(sevenths32(i)) }
func thirds(i int) bool          { return i%3 == 0 }
func negative(i int) int64       { return int64(-i) }
func elevens(i int) uint8        { return uint8(i * 11) }
func number32(i int) int32       { return int32(i) }
func number64(i int) int64       { return int64(i) }
func elevens32(i int) int32      { return int32(i * 11) }
func halfWidened(i int) float64  { return float64(seventhsHalf(i)) }
func cube() []int                { return []int{2, 3, 4} }
func negativeZero() float32      { return float32(math.Copysign(0, -1)) }
func floatBits(x []float32) (b []uint32) {
	for _, v := range x {
		b = append(b, math.Float32bits(v))
	}
	return b
}

func reading[T Element](t *testing.T, name string, shape []int, want []T) {
	t.Helper()
	gotShape, got, err := Read[T](goldens + name)
	if err != nil {
		t.Error(err)
		return
	}
	if !slices.Equal(gotShape, shape) || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v %v, want %v %v", name, gotShape, got, shape, want)
	}
}

func TestReadsWhatNumPyWrote(t *testing.T) {
	for _, name := range []string{"f4", "f4.npy", "f4-v2", "f4-v3", "f4-big", "f4-fortran"} {
		reading(t, name, cube(), grid(sevenths32))
		reading(t, name, cube(), grid(widened))
	}
	reading(t, "f8", cube(), grid(sevenths))
	reading(t, "f8", cube(), grid(sevenths32))
	reading(t, "f2", cube(), grid(seventhsHalf))
	reading(t, "f2", cube(), grid(halfWidened))
	reading(t, "b1", cube(), grid(thirds))
	reading(t, "i8", cube(), grid(negative))
	reading(t, "i4", cube(), grid(number32))
	reading(t, "i4", cube(), grid(number64))
	reading(t, "u1", cube(), grid(elevens))
	reading(t, "u1", cube(), grid(elevens32))
	reading(t, "f8-scalar", []int{}, []float64{0.1})
	reading(t, "f4-empty", []int{3, 0, 2}, []float32{})
	_, row, err := Read[float32](goldens + "f4-row")
	want := []float32{1.5, float32(math.NaN()), negativeZero()}
	if err != nil || len(row) != 3 || row[0] != want[0] || row[1] == row[1] || floatBits(row)[2] != floatBits(want)[2] {
		t.Errorf("%v, %v", row, err)
	}
}

func writing[T Element](t *testing.T, name string, shape []int, data []T) {
	t.Helper()
	want, err := os.ReadFile(goldens + name + Extension)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := Write(path, shape, data); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: wrote\n%q\nNumPy\n%q", name, got, want)
	}
	// For `interchange.py check DIR`, which has NumPy read what is written here.
	if dir := os.Getenv("INTERCHANGE_DIR"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+Extension), got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWritesTheBytesThatNumPyWrites(t *testing.T) {
	writing(t, "f4", cube(), grid(sevenths32))
	writing(t, "f8", cube(), grid(sevenths))
	writing(t, "b1", cube(), grid(thirds))
	writing(t, "i8", cube(), grid(negative))
	writing(t, "i4", cube(), grid(number32))
	writing(t, "u1", cube(), grid(elevens))
	writing(t, "f8-scalar", nil, []float64{0.1})
	writing(t, "f4-empty", []int{3, 0, 2}, []float32{})
	writing(t, "f4-row", []int{3}, []float32{1.5, math.Float32frombits(0x7fc00000), negativeZero()})
}

func TestLongArrays(t *testing.T) {
	for _, n := range []int{pieceBytes/8 - 1, pieceBytes / 8, pieceBytes/4 + 1, pieceBytes, 3*pieceBytes + 5} {
		want := make([]float32, n)
		for i := range want {
			want[i] = float32(i)
		}
		var b bytes.Buffer
		if err := Encode(&b, []int{n}, want); err != nil {
			t.Fatal(err)
		}
		if shape, got, err := Decode[float32](&b); err != nil || !slices.Equal(shape, []int{n}) || !slices.Equal(got, want) {
			t.Errorf("%d elements: %v, %v", n, shape, err)
		}
	}
}

func TestReadHeader(t *testing.T) {
	for name, want := range map[string]Header{
		"f4":         {"<f4", false, cube()},
		"f4-fortran": {"<f4", true, cube()},
		"f4-big":     {">f4", false, cube()},
		"b1.npy":     {"|b1", false, cube()},
		"f8-scalar":  {"<f8", false, []int{}},
	} {
		if got, err := ReadHeader(goldens + name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if n := (Header{Shape: cube()}).Len(); n != 24 {
		t.Errorf("%d elements", n)
	}
}
