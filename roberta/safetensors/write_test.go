package safetensors

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/skillneuron/skillneuron/internal/errtest"
)

func TestWhatCannotBeWritten(t *testing.T) {
	x := []float32{1, 2}
	for name, c := range map[string]struct {
		tensors  []Tensor
		metadata map[string]string
		want     string
	}{
		"shape":          {tensors: []Tensor{{Name: "a", Shape: []int{3}, Data: x}}, want: `tensor "a": shape [3] wants 3 elements, there are 2`},
		"negative":       {tensors: []Tensor{{Name: "a", Shape: []int{-1, -2}, Data: x}}, want: `tensor "a": shape`},
		"overflow":       {tensors: []Tensor{{Name: "a", Shape: []int{math.MaxInt, 4, 2}, Data: x}}, want: `tensor "a": shape`},
		"twice":          {tensors: []Tensor{{Name: "a", Shape: []int{2}, Data: x}, {Name: "a", Shape: []int{2}, Data: x}}, want: `tensor "a" is there twice`},
		"twice, types":   {tensors: []Tensor{{Name: "a", Shape: []int{2}, Data: x}, {Name: "a", Shape: []int{0}, Data: []bool{}}}, want: `tensor "a" is there twice`},
		"reserved name":  {tensors: []Tensor{{Name: "__metadata__", Shape: []int{2}, Data: x}}, want: "no name"},
		"name not UTF-8": {tensors: []Tensor{{Name: "\xff", Shape: []int{2}, Data: x}}, want: "no name"},
		"data":           {tensors: []Tensor{{Name: "a", Shape: []int{2}, Data: []string{"", ""}}}, want: "[]string cannot be stored"},
		"nil":            {tensors: []Tensor{{Name: "a", Shape: []int{2}}}, want: "<nil> cannot be stored"},
		"dtype":          {tensors: []Tensor{{Name: "a", Shape: []int{2}, Data: x, DType: I32}}, want: "cannot be stored as I32"},
		"narrow double":  {tensors: []Tensor{{Name: "a", Shape: []int{2}, Data: []float64{1, 2}, DType: F16}}, want: "cannot be stored as F16"},
		"metadata":       {metadata: map[string]string{"k": "\xff"}, want: "UTF-8"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x.safetensors")
		errtest.Says(t, Write(path, c.tensors, c.metadata), path, c.want)
		if list, _ := os.ReadDir(dir); len(list) != 0 {
			t.Errorf("%s: %v left behind", name, list)
		}
	}
}

func TestEveryTypeComesBack(t *testing.T) {
	tensors := []Tensor{
		{Name: "1", Shape: []int{2}, Data: []int8{-1, 2}}, {Name: "2", Shape: []int{2}, Data: []int16{-1, 2}},
		{Name: "3", Shape: []int{2}, Data: []int32{-1, 2}}, {Name: "4", Shape: []int{2}, Data: []int64{-1, 2}},
		{Name: "5", Shape: []int{2}, Data: []uint8{1, 2}}, {Name: "6", Shape: []int{2}, Data: []uint16{1, 2}},
		{Name: "7", Shape: []int{2}, Data: []uint32{1, 2}}, {Name: "8", Shape: []int{2}, Data: []uint64{1, 2}},
		{Name: "9", Shape: []int{2}, Data: []float64{1.1, 2}}, {Name: "0", Shape: []int{2}, Data: []float32{1.1, 2}},
		{Name: "-", Shape: []int{2}, Data: []bool{true, false}},
	}
	want := []DType{I8, I16, I32, I64, U8, U16, U32, U64, F64, F32, Bool}
	var b bytes.Buffer
	if err := Encode(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	f, err := OpenBytes("all", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range tensors {
		info, ok := f.Info(c.Name)
		if !ok || info.DType != want[i] || info.begin%int64(info.DType.Size()) != 0 {
			t.Errorf("%s: %+v, want %s, aligned", c.Name, info, want[i])
		}
		if raw, err := f.Raw(c.Name); err != nil || len(raw) != 2*info.DType.Size() || raw[0] == 0 {
			t.Errorf("%s: %v, %v", c.Name, raw, err)
		}
	}
	if f.start%8 != 0 {
		t.Errorf("data begins at byte %d", f.start)
	}
}

// full fails once n bytes are written, as a disk does.
type full struct{ n int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.n {
		return f.n, errFull
	}
	f.n -= len(p)
	return len(p), nil
}

func TestErrorsOfTheWriterComeThrough(t *testing.T) {
	var b bytes.Buffer
	if err := Encode(&b, mixed(), note); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if err := Encode(&full{n}, mixed(), note); !errors.Is(err, errFull) {
			t.Fatalf("%d bytes of %d: %v", n, b.Len(), err)
		}
	}
	if err := Encode(io.Discard, mixed(), note); err != nil {
		t.Error(err)
	}
}
