package torchfile

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What testdata/make.py saved, in every format and protocol, reads as it was.
func TestTorch(t *testing.T) {
	for _, name := range []string{"values.pt", "values-legacy.pt", "values-protocol3.pt", "values-protocol4.pt"} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			checkValues(t, f.Value)
		})
	}
}

type array struct {
	DType DType
	Shape []int
	Data  any
}

// plain replaces tensors by their elements and dicts by maps.
func plain(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case *Tensor:
		x, err := v.Data()
		if err != nil {
			t.Fatal(err)
		}
		return array{v.DType, v.Shape, x}
	case *Dict:
		m := map[string]any{}
		for i := range v.Len() {
			k, x := v.At(i)
			m[k.(string)] = plain(t, x)
		}
		return m
	case *List:
		var out []any
		for _, x := range v.Items {
			out = append(out, plain(t, x))
		}
		return out
	}
	return v
}

func checkValues(t *testing.T, v any) {
	t.Helper()
	d, ok := v.(*Dict)
	if !ok || !d.Ordered {
		t.Fatalf("a %s, want an OrderedDict", Kind(v))
	}
	if k, _ := d.At(0); k != "float32" {
		t.Errorf("the first key is %v: the order is lost", k)
	}
	f := []float32{-2, -1, 0, 1, 2, 3}
	s := []int{2, 3}
	want := map[string]any{
		"float32": array{Float32, s, f}, "float16": array{Float16, s, f}, "bfloat16": array{BFloat16, s, f},
		"float64": array{Float64, s, []float64{-2, -1, 0, 1, 2, 3}}, "uint8": array{Uint8, s, []uint8{0, 1, 2, 3, 4, 5}},
		"int8": array{Int8, s, []int8{-2, -1, 0, 1, 2, 3}}, "int16": array{Int16, s, []int16{-2, -1, 0, 1, 2, 3}},
		"int32": array{Int32, s, []int32{-2, -1, 0, 1, 2, 3}}, "int64": array{Int64, s, []int64{-2, -1, 0, 1, 2, 3}},
		"bool": array{Bool, []int{3}, []bool{true, false, true}}, "scalar": array{Float32, []int{}, []float32{1.5}},
		"empty": array{Float32, []int{0, 4}, []float32{}},
		"transposed": array{Float32, []int{6, 4}, []float32{0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22,
			5, 11, 17, 23}},
		"sliced":    array{Float32, []int{2, 2, 2}, []float32{4, 6, 8, 10, 16, 18, 20, 22}},
		"shared a":  array{Float32, []int{3}, []float32{0, 10, 20}},
		"shared b":  array{Float32, []int{3}, []float32{30, 40, 50}},
		"parameter": array{Float32, []int{2}, []float32{1, 1}},
		"state":     map[string]any{"weight": array{Float32, []int{1, 2}, []float32{0.25, 0.25}}},
		"array":     array{Float64, s, []float64{0, 0.25, 0.5, 0.75, 1, 1.25}},
		"fortran":   array{Float32, s, []float32{0, 1, 2, 3, 4, 5}},
		"big":       array{Int32, []int{3}, []int32{0, 1, 2}},
		"mask":      array{Bool, []int{2, 2}, []bool{true, false, false, true}},
		"no rows":   array{Float64, []int{0, 2}, []float64{}},
		"perf":      map[string]any{"acc": 0.75, "n": int64(-3), "ok": true, "half": 0.5},
		"plain": []any{int64(1), int64(-1), int64(255), int64(256), int64(65536), int64(-1 << 40), int64(1 << 62), 1.5, nil, true, false,
			"é", []byte("\x00\xff"), Tuple{}, Tuple{int64(1)}, Tuple{int64(1), int64(2)}, Tuple{int64(1), int64(2), int64(3)},
			Tuple{int64(1), int64(2), int64(3), int64(4)}},
		"size":  Tuple{int64(2), int64(3)},
		"dtype": Float16,
	}
	if diff := cmp.Diff(want, plain(t, d), cmp.Comparer(func(a, b []byte) bool { return string(a) == string(b) })); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// What is written reads back as it was; tensors that were views come back whole.
func TestRoundTrip(t *testing.T) {
	f, err := Open("testdata/values.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := f.Value.(*Dict)
	kept := &Dict{Ordered: true}
	for i := range d.Len() {
		k, v := d.At(i)
		if err := kept.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "again.pt")
	if err := Write(path, kept); err != nil {
		t.Fatal(err)
	}
	if !Is(path) {
		t.Error("what was written is not taken for a file of torch.save's")
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	checkValues(t, again.Value)
}

func TestNoChecksum(t *testing.T) {
	f, err := Open("testdata/no-crc.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := plain(t, f.Value).(map[string]any)["x"]; !reflect.DeepEqual(got, array{Float32, []int{3}, []float32{0, 1, 2}}) {
		t.Error(got)
	}
}

// A damaged file is an error, never other numbers: one bit of every byte of the elements is turned over.
func TestDamage(t *testing.T) {
	x, err := New([]int{2}, []float32{1.25, -3})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Encode(&b, x); err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	readAll := func(b []byte) error {
		v, err := Decode(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			_, err = v.(*Tensor).Data()
		}
		return err
	}
	if err := readAll(good); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(good, []byte("\x00\x00\xa0\x3f"))
	for i := range 8 {
		bad := bytes.Clone(good)
		bad[at+i] ^= 4
		if err := readAll(bad); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for n := range good {
		if err := readAll(good[:n]); err == nil {
			t.Errorf("the first %d of %d bytes pass for the file", n, len(good))
		}
	}
	legacy, err := os.ReadFile("testdata/values-legacy.pt")
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(legacy); n += 7 {
		if _, err := Decode(bytes.NewReader(legacy[:n]), int64(n)); err == nil {
			t.Errorf("the first %d of %d bytes pass for the legacy file", n, len(legacy))
		}
	}
}

// A whole module is the usual file that cannot be read: its error names the class and what to do.
func TestModule(t *testing.T) {
	_, err := Open("testdata/module.pt")
	if err == nil || !strings.Contains(err.Error(), `"torch.nn.modules.linear.Linear"`) || !strings.Contains(err.Error(), "nothing of it was run") {
		t.Error(err)
	}
}
